"""Source code: the text as it was written, with its lines as places and its functions and classes as headings."""

from __future__ import annotations

import re
from pathlib import PurePath

from core.types import Document, Heading, Page
from ingest.parsers.encodings import decode
from ingest.parsers.hidden import hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.text import line_marks
from ingest.parsers.titles import LONGEST_TITLE

# Lines that begin a definition, by families of languages. What is called in a heading is the first group.
_PYTHON = r"^[ \t]{0,40}((?:async[ ]+def|def|class)[ ]+\w+)"
_KEYWORDS = (
    r"^[ \t]{0,40}(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|open|pub(?:\(\w+\))?|async|unsafe|"
    r"partial|override|suspend|data|inline|extern|const)[ ]+){0,5}"
    r"((?:class|interface|enum|struct|trait|impl|record|object|module|namespace|function\*?|func|fun|fn|def|sub|type|protocol|extension|mod)"
    r"[ ]+(?:\([^()\n]{0,80}\)[ ]*)?[\w$.:]+)"
)
_C_LIKE = r"^((?!(?:if|for|while|switch|return|else|typedef|case|do)\b)[A-Za-z_][\w*&<>: ]{0,80}?[ *&]\w[\w:~]*)[ ]?\([^;{}]{0,400}\)\s{0,80}\{"
_SQL = r"(?i)^[ ]{0,8}(create[ ]+(?:or[ ]+replace[ ]+)?(?:table|view|function|procedure|index|trigger)[ ]+(?:if not exists )?[\w.\"`]+)"
_SHELL = r"^[ \t]{0,16}((?:function[ ]+)?[\w-]+)[ ]?\(\)"
_R = r"^([\w.]+)[ ]*(?:<-|=)[ ]*function[ ]*\("
_DEFINITIONS = {
    **dict.fromkeys((".py", ".pyw", ".pyi"), _PYTHON),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".m", ".mm"), f"{_C_LIKE}|^((?:class|struct|enum|namespace)[ ]+\\w+)"),
    **dict.fromkeys((".sh", ".bash", ".zsh"), _SHELL),
    ".sql": _SQL,
    ".r": _R,
    **dict.fromkeys(
        (
            ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".java", ".kt", ".kts", ".scala", ".cs", ".go", ".rs", ".rb", ".php", ".pl",
            ".pm", ".swift", ".dart", ".lua", ".jl", ".groovy", ".vb", ".ex", ".exs", ".vue", ".svelte",
        ),
        _KEYWORDS,
    ),
}  # fmt: skip


def parse_code(data: bytes, name: str, limits: Limits) -> Document:
    """Read source code. Raises ParserFailed, TooMuchText, UnknownEncoding."""
    decoded = decode(data, name, limits.encoding, _declared(data))
    limits.check_text(name, len(decoded.text))
    text, hidden = without_invisible(decoded.text)
    pattern = _DEFINITIONS.get(PurePath(name).suffix.lower())
    page = Page(1, text, headings=_headings(text, pattern) if pattern else (), marks=line_marks(text))
    warnings = decoded.warnings + hidden_warning(hidden)
    return Document(PurePath(name).name[:LONGEST_TITLE], "text/x-source", (page,), warnings, hidden)


def _declared(data: bytes) -> str:
    """The encoding that a comment in the first two lines names (https://peps.python.org/pep-0263/), "" where none does."""
    found = re.search(
        rb"^[ \t\f]*(?:#|//|/\*|--|;|%).{0,80}?coding[:=][ \t]*([-\w.]+)", b"\n".join(data[:400].split(b"\n")[:2]), re.MULTILINE
    )
    return found[1].decode("ascii", "ignore") if found else ""


def _headings(text: str, pattern: str) -> tuple[Heading, ...]:
    found = []
    for match in re.finditer(pattern, text, re.MULTILINE):
        words = next(group for group in match.groups() if group)
        found.append(Heading(match.start(), " ".join(words.split())))
    return tuple(found)
