"""The loader: what is found, what is refused and in which words, and names that are safe to show."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import threading
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import background
from core.errors import (
    DocumentError,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    OldFormat,
    PasswordUnsupported,
    PathMissing,
    TypeMismatch,
    UnknownType,
)
from ingest.finding import find_files
from ingest.formats import EXTENSIONS, FORMATS, recognised
from ingest.loader import FoundFile, load_file, safe_name
from tests.office import ole, open_document, package
from tests.pdfs import pdf

PDF = pdf("Words of a page.")
HTML = b"<!DOCTYPE html><html><body><p>Words of a page.</p></body></html>"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0"
PSD = b"8BPS\0\x01" + bytes(60)
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(64)


def archive(name: str) -> bytes:
    """A ZIP archive with one file in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr(name, "<w:document/>")
    return packed.getvalue()


def drawing() -> bytes:
    """An OpenDocument file of a kind that is not read."""
    return package({"mimetype": "application/vnd.oasis.opendocument.graphics", "content.xml": "<a/>"}, stored="mimetype")


def written(path: Path, data: bytes = b"Words of a file.") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def load(path: Path, max_mb: float = 1.0) -> str:
    """The media type of a file as it is loaded."""
    (found,) = find_files([path]).files
    return load_file(found, max_mb, 60.0).media_type


# Telling what a file is


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param("a.pdf", PDF, "application/pdf", id="a PDF"),
        pytest.param("A.PDF", PDF, "application/pdf", id="a PDF in capitals"),
        pytest.param("a.pdf.exe.pdf", PDF, "application/pdf", id="the last extension counts"),
        pytest.param("a.pdf", b"\0junk\n" * 100 + PDF, "application/pdf", id="a PDF behind 600 bytes of junk"),
        pytest.param("a.xyz", PDF, "application/pdf", id="a PDF under an unheard-of extension"),
        pytest.param("report", PDF, "application/pdf", id="a PDF without extension"),
        pytest.param("a.html", HTML, "text/html", id="an HTML page"),
        pytest.param("a.html", b"<b>Bold</b> words", "text/html", id="a fragment of HTML"),
        pytest.param("a.html", b"<!-- note -->" * 999 + HTML, "text/html", id="an HTML page behind long comments"),
        pytest.param("a.htm", HTML.decode().encode("utf-16"), "text/html", id="an HTML page in UTF-16"),
        pytest.param("a.png", PNG, "image/png", id="a picture"),
        pytest.param("a.jpg", PNG, "image/png", id="a picture under another picture's extension"),
        pytest.param("page", HTML, "text/html", id="an HTML page without extension"),
        pytest.param("a.md", b"# Title\n\nWords", "text/markdown", id="Markdown"),
        pytest.param("a.md", HTML, "text/markdown", id="HTML named .md, as Markdown may hold tags"),
        pytest.param("a.txt", HTML, "text/plain", id="HTML named .txt is shown as it is written"),
        pytest.param("a.txt", "El niño".encode("utf-16"), "text/plain", id="text in UTF-16"),
        pytest.param("notes", b"Words", "text/plain", id="text without extension"),
        pytest.param("a.csv", b"a,b\n1,2\n", "text/csv", id="a table as text"),
        pytest.param("a.txt", b"BMW builds cars in Munich.", "text/plain", id="a text that begins like a bitmap"),
        pytest.param("a.md", b"A PDF begins with `%PDF-1.7`.", "text/markdown", id="a text about PDF"),
        pytest.param("a.epub", archive("META-INF/container.xml"), "application/epub+zip", id="a book"),
        pytest.param("a.zip", archive("a.txt"), "application/zip", id="an archive"),
        pytest.param("a.rtf", b"{\\rtf1 Words}", "application/rtf", id="rich text"),
        pytest.param("a.msg", ole("__properties_version1.0"), "application/vnd.ms-outlook", id="a message"),
        pytest.param("a.odp", open_document("presentation", ""), "application/vnd.oasis.opendocument.presentation", id="slides"),
        pytest.param("a.svg", b'<?xml version="1.0"?>\n<!-- x --><svg><title>T</title></svg>', "image/svg+xml", id="a drawing"),
        pytest.param("a.html", b"<div><svg><title>T</title></svg></div>", "text/html", id="a page with a drawing in it"),
        pytest.param("a.py", b"x = 1", "text/x-source", id="source code"),
        pytest.param("a.txt", b"MZ, ID3 and GIF are abbreviations.", "text/plain", id="a text that begins like a program"),
    ],
)
def test_the_content_decides_what_a_file_is(name: str, data: bytes, expected: str) -> None:
    assert recognised(name, data).media_type == expected


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        pytest.param("a.txt", PDF, "a.txt is named like plain text but its content is a PDF.", id="a PDF named .txt"),
        pytest.param("a.md", PDF, "named like Markdown but its content is a PDF", id="a PDF named .md"),
        pytest.param("a.html", PDF, "named like HTML but its content is a PDF", id="a PDF named .html"),
        pytest.param("a.pdf", b"Just words.", "named like a PDF but its content is plain text", id="text named .pdf"),
        pytest.param("a.pdf", HTML, "named like a PDF but its content is HTML", id="HTML named .pdf"),
        pytest.param("a.pdf", EXE, "its content is a file of type application/x-msdownload", id="a program named .pdf"),
        pytest.param("a.pdf", archive("a.txt"), "its content is a ZIP archive", id="an archive named .pdf"),
        pytest.param("a.md", PNG, "its content is a picture (image/png)", id="a picture named .md"),
        pytest.param("a.txt", bytes(range(256)), "its content is binary data", id="anything binary named .txt"),
        pytest.param("a.txt", b"{\\rtf1\\ansi Words}", "its content is rich text (RTF)", id="RTF named .txt"),
        pytest.param("a.html", b"Words without tags", "named like HTML but its content is plain text", id="text named .html"),
    ],
)
def test_a_name_that_contradicts_the_content_is_refused(name: str, data: bytes, words: str) -> None:
    with pytest.raises(TypeMismatch) as refused:
        recognised(name, data)
    assert words in str(refused.value)
    assert "Rename it" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        pytest.param("a.psd", PSD, "a.psd is a picture (image/vnd.adobe.photoshop), which Kaedama does not read.", id="a picture"),
        pytest.param("a.odg", drawing(), "a.odg is an OpenDocument file,", id="a drawing"),
        pytest.param("a.doc", ole("Something"), "a.doc is binary data,", id="something else in an OLE file"),
        pytest.param("a.doc", ole("WordDocument")[:600], "a.doc is binary data,", id="an OLE file that was cut"),
        pytest.param("a.vsdx", archive("[Content_Types].xml"), "a.vsdx is a ZIP archive,", id="a package of Office"),
        pytest.param("a.exe", EXE, "application/x-msdownload", id="a program"),
        pytest.param("a.xyz", b"Words", "a.xyz is a text file of an unknown kind (.xyz)", id="text under an unheard-of extension"),
        pytest.param("a.bin", bytes(range(256)), "a.bin is binary data", id="anything binary"),
        pytest.param("data", bytes(range(256)), "data is binary data", id="anything binary without extension"),
    ],
)
def test_a_kind_that_no_parser_reads_is_refused(name: str, data: bytes, words: str) -> None:
    with pytest.raises(UnknownType) as refused:
        recognised(name, data)
    assert words in str(refused.value)
    assert "Save it as something that it reads" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "streams", "error", "words"),
    [
        ("a.doc", ["1Table", "WordDocument"], OldFormat, "a.doc is a Word document of the old kind. Open it in"),
        ("a.ppt", ["PowerPoint Document"], OldFormat, "save it as PPTX"),
        ("a.docx", ["EncryptionInfo", "EncryptedPackage"], PasswordUnsupported, "a.docx is protected by a password"),
        ("a.docx", ["WordDocument"], OldFormat, "save it as DOCX"),
    ],
)
def test_office_files_that_cannot_be_read_say_what_to_do(
    name: str, streams: list[str], error: type[DocumentError], words: str
) -> None:
    with pytest.raises(error) as refused:
        recognised(name, ole(*streams))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "member", "words"),
    [
        ("a.pages", "Index/Document.iwa", "a.pages is a document of Pages. Open it in Pages, save it as DOCX and add that."),
        ("a.numbers", "Index/CalculationEngine.iwa", "save it as XLSX"),
        ("a.key", "index.apxl", "save it as PPTX"),
    ],
)
def test_documents_of_apples_programs_say_what_to_do(name: str, member: str, words: str) -> None:
    with pytest.raises(OldFormat) as refused:
        recognised(name, archive(member))
    assert words in str(refused.value)


def test_a_picture_of_a_telephone_says_what_to_do() -> None:
    with pytest.raises(UnknownType, match=r"a\.heic is a picture \(image/heic\), which Kaedama does not read\. Save it as"):
        recognised("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40))


@given(st.sampled_from(["a", "a.xyz", *(f"a{extension}" for extension in EXTENSIONS)]), st.binary(min_size=1, max_size=200))
@settings(deadline=None)
def test_any_bytes_have_a_media_type_or_a_reason(name: str, data: bytes) -> None:
    try:
        told = recognised(name, data).media_type
    except (TypeMismatch, UnknownType) as error:
        assert str(error).startswith(name)
    else:
        assert told in [one.media_type for one in FORMATS]


# Reading


def test_a_file_is_known_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    first, second, other = written(tmp_path / "a.txt"), written(tmp_path / "b.md"), written(tmp_path / "c.txt", b"Others.")
    hashes = [load_file(file, 1.0, 60.0).sha256 for file in find_files([first, second, other]).files]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\t\r\n", b"\0" * 5000, b"\0 \n\0"],
    ids=["no byte", "white space", "null bytes", "null bytes and white space"],
)
def test_a_file_without_content_is_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FileEmpty, match=r"a\.txt is empty"):
        load(written(tmp_path / "a.txt", data))


def test_a_file_over_the_limit_is_refused_with_both_sizes(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", b"word " * 250_000)
    with pytest.raises(FileTooLarge, match=r"a\.txt has 1\.2 MB; at most 1 MB are taken\..*KAEDAMA_MAX_FILE_MB"):
        load(tmp_path / "a.txt", 1.0)
    assert load(tmp_path / "a.txt", 1.25) == "text/plain"


def test_a_path_that_does_not_exist_says_so(tmp_path: Path) -> None:
    with pytest.raises(PathMissing, match=re.escape(f"{tmp_path / 'nothing.txt'} does not exist")):
        load(tmp_path / "nothing.txt")


def test_a_link_into_nowhere_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
    with pytest.raises(PathMissing):
        load(tmp_path / "link.txt")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/proc/self/mem", id="a read that fails"),
        pytest.param("/dev/zero", id="a device that never ends"),
        pytest.param("a.txt/b.txt", id="a path through a file"),
        pytest.param("x" * 300 + ".txt", id="a name that is too long"),
        pytest.param("null\0.txt", id="a null character"),
        pytest.param("loop.txt", id="a link to itself"),
        pytest.param("pipe.txt", id="a pipe that nobody writes"),
    ],
)
def test_what_the_system_does_not_hand_over_is_unreadable(tmp_path: Path, path: str) -> None:
    written(tmp_path / "a.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(FileUnreadable, match="cannot be read"):
        load(tmp_path / path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    written(tmp_path / "a.txt").chmod(0)
    with pytest.raises(FileUnreadable, match="Permission denied"):
        load(tmp_path / "a.txt")


# Names


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        pytest.param("../../../tmp/escape.pdf", "tmp/escape.pdf", id="steps out of the folder"),
        pytest.param("/etc/passwd.txt", "etc/passwd.txt", id="an absolute path"),
        pytest.param("..\\..\\boot.txt", "boot.txt", id="steps in the Windows way"),
        pytest.param("invoice\u202efdp.exe.txt", "invoicefdp.exe.txt", id="a mark that turns the direction"),
        pytest.param("a\u200b\ufeff\u061c\u00adb.txt", "ab.txt", id="invisible marks"),
        pytest.param("a\x00b\x1b[31m\n.txt", "a b [31m .txt", id="control characters"),
        pytest.param("  wide\u3000  spaces .md ", "wide spaces .md", id="runs of white space"),
        pytest.param("資料（最終版）.pdf", "資料（最終版）.pdf", id="a Japanese name stays"),
        pytest.param("año/niño.md", "año/niño.md", id="a Spanish name stays"),
        pytest.param("", "unnamed", id="no name"),
        pytest.param("../..", "unnamed", id="nothing but steps"),
    ],
)
def test_names_lose_what_deceives(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_very_long_name_is_cut_and_keeps_its_extension() -> None:
    cut = safe_name("n" * 400 + ".pdf")
    assert len(cut) == 180
    assert cut.startswith("nnn")
    assert cut.endswith("….pdf")


@given(st.text(st.characters(exclude_categories=()), max_size=400))
@settings(deadline=None)
def test_a_safe_name_is_short_visible_and_stays_where_it_is(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= 180
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not {"", ".", ".."} & set(safe.split("/"))
    assert "\\" not in safe
    assert safe_name(safe) == safe


@given(st.text(max_size=300), st.sampled_from(EXTENSIONS))
@settings(deadline=None)
def test_a_safe_name_keeps_its_extension(stem: str, extension: str) -> None:
    assert safe_name(stem + extension).endswith(extension)


# Files that would be read for ever


def load_within(path: Path, limit_s: float) -> str:
    """The error of a file that cannot be read."""
    with pytest.raises(FileUnreadable) as caught:
        load_file(FoundFile(path, path.name, "x"), 1.0, limit_s)
    return str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_link_to_a_pipe_or_a_device_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path / "pipe", Path("/dev/zero")):
        link = tmp_path / f"{target.name}.txt"
        link.symlink_to(target)
        assert "it is not a regular file" in load_within(link, 60.0)


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="needs the kernel's log, which root may read")
def test_a_file_of_the_kernel_that_has_no_end_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("/proc/kmsg")
    with contextlib.suppress(DocumentError):  # or the log as it is now
        load_file(FoundFile(tmp_path / "a.txt", "a.txt", "x"), 100.0, 60.0)


def test_a_file_of_which_nothing_comes_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def dead(*_: object) -> object:
        released.wait(60.0)
        raise OSError

    monkeypatch.setattr(os, "open", dead)
    monkeypatch.setattr(background, "_JOIN_S", 0.0)
    try:
        assert "nothing came of it for 0.1 s, KAEDAMA_READ_TIMEOUT_S" in load_within(written(tmp_path / "a.txt"), 0.1)
    finally:
        released.set()


def test_a_file_that_grows_beyond_the_limit_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.txt", b"a" * 1_500_000)
    told = path.stat()
    smaller = os.stat_result([*told[:6], 10, *told[7:]])
    monkeypatch.setattr(os, "fstat", lambda descriptor: smaller)
    with pytest.raises(FileTooLarge):
        load_file(FoundFile(path, "a.txt", "x"), 1.0, 60.0)
