"""A conversation to keep: as Markdown, and as one page of HTML that needs nothing else. No scripts, nothing fetched.

Words and times come ready from the caller, in the person's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.text import clean, flowing
from core.types import Verdict
from ui.views.answer import Chip, Conflict, Notes, Words, answer_blocks, fitting
from ui.views.escaping import escaped
from ui.views.parser import SPAN, parsed, source_span
from ui.views.plain import plain

# What begins a picture, an element or an address in brackets, and what joins a text to its address.
_ACTIVE = re.compile(r"(\\*)(!(?=\[)|\](?=[(\[:])|<)")
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~$!&]")
# Nothing of another origin, no scripts: also said to the browser.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --nori: #22301f; --broth: #fbf7f0; --bowl: #fff; --line: #d8cfbf; --menma: #6e5a38;
  --scallion: #2e7d4f; --yolk: #a86c00; --chili: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --nori: #e9e4d8; --broth: #17140f; --bowl: #211d16; --line: #4a4233; --menma: #b59b72;
  --scallion: #63c08a; --yolk: #e5b04a; --chili: #f2877e; } }
body { max-width: 72ch; margin: 0 auto; padding: 24px 16px; background: var(--broth); color: var(--nori);
  font: 16px/1.6 system-ui, "Hiragino Sans", "Noto Sans JP", "Yu Gothic", Meiryo, sans-serif; overflow-wrap: anywhere; }
:lang(ja) { line-height: 1.8; }
article { background: var(--bowl); border: 1px solid var(--line); border-radius: 10px; padding: 8px 24px 16px; margin: 24px 0; }
h1 { font-size: 30px; line-height: 1.3; margin: 0 0 8px; } h2 { font-size: 20px; line-height: 1.4; white-space: pre-wrap; }
article :is(h3, h4, h5, h6) { font-size: 16px; } h4 { margin: 16px 0 4px; }
pre { overflow-x: auto; padding: 12px 16px; border: 1px solid var(--line); border-radius: 10px; }
.kd-scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 4px 12px; text-align: left; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 3px solid var(--line); }
.kd-right { text-align: right; } .kd-center { text-align: center; } .kd-plain { white-space: pre-wrap; }
.kd-s { text-decoration: underline 1px var(--scallion); text-underline-offset: 4px; }
.kd-s-quoted { text-decoration-thickness: 2.5px; } .kd-s-weak { text-decoration: underline dotted 2px var(--yolk); }
.kd-s-unsupported, .kd-s-contradicted { text-decoration: underline wavy var(--chili); }
.kd-word { color: var(--chili); font-size: 13px; } .kd-quiet { color: var(--menma); font-size: 14px; } a { color: inherit; }
.kd-sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
"""


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """A citation: its number, where it stands ("guía.md, p. 3"), the document's words and their language ("" where unknown).

    `added`: it was found for a sentence of the answer, which does not cite it.
    """

    number: int
    place: str
    quote: str
    language: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question with its answer. `asked` is a time in words; `conflicts` are by the verdict's position.

    `notes` are sentences on how the answer ended and how its own sentences stand.
    """

    question: str
    answer: str
    quotes: Sequence[KeptQuote] = ()
    verdicts: Sequence[Verdict] = ()
    conflicts: Mapping[int, Conflict] = field(default_factory=dict)
    model: str = ""
    asked: str = ""
    language: str = ""
    notes: Sequence[str] = ()


def export_markdown(title: str, turns: Sequence[KeptTurn], words: Words, *, sources: str) -> str:
    """A conversation as Markdown: what the answers say, sentences that are not borne out, and every quote.

    `sources` is the heading of the quotes. Links, pictures and elements of an answer come out as text: a viewer fetches nothing for them.
    """
    parts = [f"# {_literal(title)}"]
    for turn in turns:
        parts.append("## " + _literal(turn.question))
        told = " · ".join(_literal(part) for part in (turn.model, turn.asked) if part)
        parts += [f"*{told}*"] if told else []
        parts += [inert(_with_added(turn)).strip()] if turn.answer.strip() else []
        parts += [f"*{_literal(note)}*" for note in turn.notes]
        doubted = [_doubt(turn, at, words) for at, verdict in enumerate(turn.verdicts) if not verdict.support.ticked]
        parts += ["\n".join(doubted)] if doubted else []
        if turn.quotes:
            quotes = "\n".join(
                f"- \\[{'+' * kept.added}{kept.number}\\] **{_literal(kept.place)}**: “{_literal(plain(kept.quote))}”"
                + (f" ({_literal(words.added)})" if kept.added else "")
                for kept in turn.quotes
            )
            parts += [f"### {_literal(sources)}", quotes]
    return "\n\n".join(parts) + "\n"


def _with_added(turn: KeptTurn) -> str:
    """The answer with a mark `[+n]` behind each sentence for which a passage was found."""
    text = turn.answer
    for at in sorted(fitting(text, turn.verdicts), key=lambda at: -turn.verdicts[at].end):
        verdict = turn.verdicts[at]
        if verdict.found and "|" not in verdict.sentence:  # a mark behind a row would be a cell of its own
            text = text[: verdict.end] + "".join(f" [+{number}]" for number in verdict.found) + text[verdict.end :]
    return text


def _doubt(turn: KeptTurn, at: int, words: Words) -> str:
    """A sentence that is not borne out, with both values where a passage gives another one."""
    verdict, conflict = turn.verdicts[at], turn.conflicts.get(at)
    line = f"- **{_literal(words.states[verdict.support])}**: {_literal(plain(verdict.sentence))}"
    if conflict is None:
        return line
    values = f"{words.claimed}: {conflict.claimed} · {words.found}: {conflict.found}"
    return f"{line} ({_literal(values)})"


def export_html(title: str, turns: Sequence[KeptTurn], words: Words, *, sources: str, language: str) -> str:
    """A conversation as one page: answers as the page shows them, each mark a link to its quote below. `language` is that of the words."""
    articles = "".join(_article(turn, number, words, sources) for number, turn in enumerate(turns, 1))
    return (
        f'<!DOCTYPE html><html lang="{escaped(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escaped(_POLICY)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escaped(title)}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{escaped(title)}</h1>{articles}</body></html>\n"
    )


def _article(turn: KeptTurn, number: int, words: Words, sources: str) -> str:
    anchor = f"quote-{number}"
    notes = Notes(turn.verdicts, {kept.number: Chip(kept.place) for kept in turn.quotes}, turn.conflicts)
    still = replace(words, copy="")  # without scripts nothing is copied
    body = "".join(answer_blocks(turn.answer, notes, still, anchor=anchor))
    told = " · ".join(escaped(part) for part in (turn.model, turn.asked) if part)
    lang = f' lang="{escaped(turn.language)}"' if turn.language else ""
    seen: set[int] = set()
    items = []
    for kept in turn.quotes:
        # A number may have several quotes: its mark leads to the first.
        target = "" if kept.number in seen else f' id="{anchor}-{kept.number}"'
        seen.add(kept.number)
        spoken = f' lang="{escaped(kept.language)}"' if kept.language else ""
        quote = f"<blockquote{spoken}>{escaped(plain(kept.quote))}</blockquote>"
        ours = f' <span class="kd-quiet">({escaped(words.added)})</span>' if kept.added else ""
        items.append(f'<li{target} value="{kept.number}"><strong>{escaped(kept.place)}</strong>{ours}{quote}</li>')
    listed = f"<h3>{escaped(sources)}</h3><ol>{''.join(items)}</ol>" if items else ""
    told_notes = "".join(f'<p class="kd-quiet">{escaped(note)}</p>' for note in turn.notes)
    aside = f'<p class="kd-quiet">{told}</p>' if told else ""
    return f"<article><h2>{escaped(turn.question)}</h2>{aside}<div{lang}>{body}</div>{told_notes}{listed}</article>"


def inert(text: str) -> str:
    """An answer's Markdown whose links, pictures and elements are text; code stays as it is, and so do bare addresses."""
    text = clean(text.replace("\r", "\n"))
    code: list[tuple[int, int]] = []
    try:
        for token in parsed(text):
            if token.type == "fence" and SPAN in token.meta:
                code.append(token.meta[SPAN])
            spans = (source_span(token, child) for child in token.children or () if child.type == "code_inline")
            # A line that begins with an element ends a span of code that runs over lines (CommonMark 0.31.2, 3.1 and 4.6).
            code += [span for span in spans if span is not None and "\n" not in text[slice(*span)]]
    except RecursionError:
        code = []
    parts: list[str] = []
    at = 0
    for start, end in [*sorted(code), (len(text), len(text))]:
        parts += [_ACTIVE.sub(_escape, text[at:start]), text[start:end]]
        at = max(at, end)
    return "".join(parts)


def _escape(sign: re.Match[str]) -> str:
    # Behind an odd number of backslashes it is escaped already; one more would set it free.
    return sign[0] if len(sign[1]) % 2 else f"{sign[1]}\\{sign[2]}"


def _literal(text: str) -> str:
    """A text in one line that means nothing to Markdown."""
    return _SIGNS.sub(lambda sign: f"\\{sign[0]}", flowing(clean(text)))
