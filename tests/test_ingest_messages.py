"""Mails, Outlook messages and archives: what they say and what lies in them, each part with its place."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ParserFailed, TooMuchText, UnpacksTooMuch
from core.places import Place
from core.types import Document
from ingest.chunker import chunk_document
from ingest.formats import recognised
from ingest.parsers.archive import parse_zip
from ingest.parsers.limits import Limits
from ingest.parsers.mail import decoded_words, parse_mail
from ingest.parsers.outlook import parse_message, unpacked_rtf
from tests.messages import mail, mail_of_parts, packed, rich
from tests.pdfs import pdf

LIMITS = Limits(20_000, 64.0)


def said(document: Document) -> str:
    return "\n".join(page.text for page in document.pages)


def codes(document: Document) -> list[str]:
    return [warning.code.removeprefix("ReadingWarning.") for warning in document.warnings]


def place_of(document: Document, words: str) -> Place:
    """The place of the passage that holds these words."""
    (found,) = (chunk for chunk in chunk_document(document, 900) if words in chunk.text)
    return found.place


# Mail


def test_a_mail_tells_who_wrote_what_when_and_the_places_of_both() -> None:
    document = parse_mail(mail("The broth simmers."), "a.eml", LIMITS)
    assert document.title == "Broth"
    assert said(document).startswith("Subject: Broth\nFrom: Ann <ann@example.com>\nTo: Bob <bob@example.com>\nDate: Fri, 16 Oct")
    assert place_of(document, "Subject: Broth").part == "header subject"
    assert place_of(document, "The broth simmers.").part == "body text/plain"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.eml", mail(), "message/rfc822"),
        ("a.eml", b"\r\nFrom: a@b.c\r\nSubject: x\r\n\r\nWords", "message/rfc822"),
        ("a", b"From a@b.c Fri Oct 16\nReceived: by x\nFrom: a@b.c\nSubject: x\n\nWords", "message/rfc822"),
        ("a.txt", mail(), "text/plain"),
        ("notes", b"Note: buy miso\nDate: tomorrow\n\nWords", "text/plain"),
        ("notes", b"To: everybody who reads this\nSubject: noodles\n\nWords", "text/plain"),
    ],
)
def test_a_mail_is_known_by_its_header_lines(name: str, data: bytes, expected: str) -> None:
    assert recognised(name, data).media_type == expected


@pytest.mark.parametrize(
    ("charset", "data", "expected"),
    [
        ("shift_jis", "①番線の髙橋です".encode("cp932"), "①番線の髙橋です"),
        ("iso-2022-jp", "会議の資料です".encode("iso2022_jp"), "会議の資料です"),
        ("us-ascii", "El niño comió piñas".encode("cp1252"), "El niño comió piñas"),
        ("us-ascii", "El niño comió piñas".encode(), "El niño comió piñas"),
        ("x-unheard-of", "El niño comió piñas".encode(), "El niño comió piñas"),
        ("koi8-r", "Привет, мир".encode("koi8_r"), "Привет, мир"),
        ("utf-7", b"a+APE-o", "año"),
    ],
)
def test_a_body_is_read_in_its_character_set_or_in_the_one_it_is_really_in(charset: str, data: bytes, expected: str) -> None:
    assert expected in said(parse_mail(mail_of_parts((f"Content-Type: text/plain; charset={charset}", data)), "a.eml", LIMITS))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        ("=?shift_jis?B?" + base64.b64encode("①髙".encode("cp932")).decode() + "?=", "①髙"),
        ("=?utf-8?Q?a=C3=B1o?=\n =?utf-8?Q?_nuevo?=", "año nuevo"),
        ("=?utf-8?B?44GC?= =?utf-8?B?44GE?=", "あい"),
        ("=?no-such?Q?words?=", "words"),
        ("=?utf-8?B?!!!?= rest", None),
        ("plain", "plain"),
    ],
)
def test_encoded_words_of_headers_are_read(raw: str, expected: str | None) -> None:
    found = decoded_words(raw)
    assert found if expected is None else found == expected


def test_bodies_that_differ_in_words_are_both_kept_and_those_that_do_not_are_not() -> None:
    plain = ("Content-Type: text/plain; charset=utf-8", b"The plain words of the soup menu.")
    same = ("Content-Type: text/html; charset=utf-8", b"<p>The <b>plain</b> words of the soup menu.</p>")
    other = ("Content-Type: text/html; charset=utf-8", b"<p>Something else altogether.</p>")
    table = ("Content-Type: text/html", b"<p>The plain words of</p><table><tr><td>the</td><td>soup menu.</td></tr></table>")
    assert said(parse_mail(mail_of_parts(plain, same, kind="alternative"), "a.eml", LIMITS)).count("words") == 1
    both = parse_mail(mail_of_parts(plain, other, kind="alternative"), "a.eml", LIMITS)
    assert place_of(both, "plain words").part == "body text/plain"
    assert place_of(both, "altogether").part == "body text/html"
    assert "the | soup menu." in said(parse_mail(mail_of_parts(plain, table, kind="alternative"), "a.eml", LIMITS))


def test_attachments_are_read_by_their_own_format() -> None:
    attached = (
        'Content-Disposition: attachment; filename="{0}"\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64'
    )
    inner = mail("Words of the inner mail.")
    document = parse_mail(
        mail_of_parts(
            ("Content-Type: text/plain", b"See attached."),
            (attached.format("report.pdf"), base64.encodebytes(pdf("Words of sheet one.", "Words of sheet two."))),
            (attached.format("data.txt"), base64.encodebytes("値は五".encode("cp932"))),
            (attached.format("notes.bin"), base64.encodebytes(bytes(range(256)))),
            ("Content-Type: message/rfc822", inner),
        ),
        "a.eml",
        LIMITS,
    )
    assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))
    assert place_of(document, "sheet two") == Place(part="attachment report.pdf", page=2)
    assert place_of(document, "値は五").part == "attachment data.txt"
    assert place_of(document, "inner mail").part == "message Broth.eml › body text/plain"
    assert [str(warning) for warning in document.warnings] == ["attachment notes.bin was not read: it is binary data"]


def test_attachments_of_one_name_are_told_apart() -> None:
    attached = ('Content-Disposition: attachment; filename="a.txt"\nContent-Type: text/plain', b"Words one.")
    document = parse_mail(mail_of_parts(attached, (attached[0], b"Words two.")), "a.eml", LIMITS)
    assert place_of(document, "Words two.").part == "attachment a.txt (2)"


def test_mails_in_mails_end_at_the_limit_of_nesting() -> None:
    data = mail("The innermost words.")
    for level in range(6):
        data = mail_of_parts(
            ("Content-Type: text/plain", b"Around."), ("Content-Type: message/rfc822", data), boundary=f"level{level}"
        )
    document = parse_mail(data, "a.eml", LIMITS)
    assert "innermost" not in said(document)
    assert "KAEDAMA_MAX_NESTING" in str(document.warnings[-1])


@pytest.mark.parametrize(
    "data",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)) + b"\nWords",
        b"Subject: x\nFrom: a@b.c\nTo: " + b"a@example.com, " * 20_000 + b"\n\nWords of the mail",
        b"From: a@b.c\nSubject: " + b"=?utf-8?Q?" + b"=E3=81" * 9_000 + b"?=\n\nWords of the mail",
        b"From: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nWords\n" * 5_000 + b"--b--",
    ],
    ids=["3,000 parts in parts", "20,000 recipients", "an endless subject", "5,000 parts"],
)
def test_hostile_mails_end_in_a_document_or_a_sentence(data: bytes) -> None:
    try:
        document = parse_mail(data, "a.eml", LIMITS)
    except ParserFailed as error:
        assert "nested" in str(error)
    else:
        assert "Words" in said(document)
        assert len(said(document)) < 30_000


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_behind_mail_headers_are_read_or_told(data: bytes) -> None:
    try:
        document = parse_mail(b"From: a@b.c\nMIME-Version: 1.0\nSubject: x\n" + data, "a.eml", LIMITS)
    except ParserFailed:
        return
    assert said(document).encode()


# Outlook


def test_outlook_messages_of_real_programs_are_read(shared: Path) -> None:
    files = shared / "files"
    forwarded = parse_message((files / "msg-forwarded-06.msg").read_bytes(), "a.msg", LIMITS)
    assert forwarded.title == "FW: Testing"
    assert place_of(forwarded, "Original Body").part == "body"
    accented = parse_message((files / "msg-unicode-fr-03.msg").read_bytes(), "a.msg", LIMITS)
    assert accented.title == "test pièce jointe 1"
    assert place_of(accented, "chinois : 줥 (C925)").part == "attachment pj1.txt"


def test_a_cut_message_is_told(shared: Path) -> None:
    data = (shared / "files" / "msg-forwarded-06.msg").read_bytes()
    for length in (600, 3_000, 12_000, 20_000):
        try:
            document = parse_message(data[:length], "a.msg", LIMITS)
        except ParserFailed as error:
            assert "MSG" in str(error)
        else:
            assert document.pages


def test_packed_rich_text_is_unpacked() -> None:
    """The examples of [MS-OXRTFCP], 3.1."""
    simple = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    assert unpacked_rtf(simple, LIMITS) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked_rtf(crossing, LIMITS) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


# Archives


def test_members_are_read_by_their_own_formats_and_keep_their_places() -> None:
    document = parse_zip(
        packed({
            "docs/a.txt": "Words of a text.\nSecond line.",
            "b.pdf": pdf("Words of a sheet."),
            "photo.bin": bytes(range(256)),
            "__MACOSX/._a.txt": "litter",
            "inner.zip": packed({"deep.md": "# Heading\n\nDeep words."}),
        }),
        "all.zip",
        LIMITS,
    )  # fmt: skip
    assert document.title == "all"
    assert place_of(document, "Words of a text.") == Place(part="member docs/a.txt", line=1, last_line=2)
    assert place_of(document, "Words of a sheet.").part == "member b.pdf"
    assert place_of(document, "Deep words.").part == "member inner.zip › member deep.md"
    assert "litter" not in said(document)
    assert [str(warning) for warning in document.warnings] == ["member photo.bin was not read: it is binary data"]


def test_an_archive_of_nothing_that_is_read_says_so() -> None:
    with pytest.raises(ParserFailed, match="none of its 2 files is of a kind that is read"):
        parse_zip(packed({"a.bin": bytes(range(256)), "b.bin": bytes(range(255, -1, -1))}), "a.zip", LIMITS)


def test_names_in_the_code_page_of_japan_are_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, fill in (("報告.txt", "x"), ("議事録.txt", "y")):
            opened.writestr(zipfile.ZipInfo(fill * len(name.encode("cp932"))), f"{name}の本文です。")
    data = stream.getvalue()
    for name, byte in (("報告.txt", b"x"), ("議事録.txt", b"y")):
        data = data.replace(byte * len(name.encode("cp932")), name.encode("cp932"))
    document = parse_zip(data, "a.zip", LIMITS)
    assert {mark.place.part for page in document.pages for mark in page.marks} == {"member 報告.txt", "member 議事録.txt"}


def test_steps_out_of_the_archive_lead_nowhere() -> None:
    document = parse_zip(packed({"../../etc/passwd.txt": "Words.", "/abs/b.txt": "Others."}), "a.zip", LIMITS)
    assert {page.marks[0].place.part for page in document.pages} == {"member etc/passwd.txt", "member abs/b.txt"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(UnpacksTooMuch, match="KAEDAMA_MAX_UNPACKED_MB"):
        parse_zip(packed({"a.txt": b"0" * 30_000_000}), "a.zip", LIMITS)


def test_members_together_are_held_against_the_limit_of_text() -> None:
    with pytest.raises(TooMuchText):
        parse_zip(packed({f"{n}.txt": "Words " * 100 for n in range(9)}), "a.zip", Limits(20_000, 0.003))


def test_a_member_with_a_password_is_told() -> None:
    data = bytearray(packed({"a.txt": "Words.", "b.txt": "Others."}))
    for sign in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(sign)
        data[at + (6 if sign == b"PK\x03\x04" else 8)] |= 1
    document = parse_zip(bytes(data), "a.zip", LIMITS)
    assert codes(document) == ["PART_UNREADABLE"]
    assert "protected by a password" in str(document.warnings[0])


@pytest.mark.parametrize("length", [4, 30, 60, 100])
def test_a_cut_archive_is_told(length: int) -> None:
    with pytest.raises(ParserFailed, match="ZIP"):
        parse_zip(packed({"a.txt": "Words of a text."})[:length], "a.zip", LIMITS)


def test_rich_text_in_a_mail_is_read() -> None:
    part = ('Content-Disposition: attachment; filename="a.rtf"\nContent-Type: text/rtf', rich(r"\pard Rich words.\par"))
    document = parse_mail(mail_of_parts(("Content-Type: text/plain", b"Plain."), part), "a.eml", LIMITS)
    assert place_of(document, "Rich words.").part == "attachment a.rtf"
