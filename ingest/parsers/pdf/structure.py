"""What pypdf knows of a PDF: its title and printed labels. What it cannot read of a damaged file is left out."""

from __future__ import annotations

import io
import re

import pypdf

from core.text import clean
from ingest.parsers.titles import LONGEST_TITLE

# A title that is a file name or a program's greeting says nothing.
_NO_TITLE = re.compile(r"(?i)^(untitled|microsoft \w+ -.*|.*\.(docx?|pptx?|xlsx?|indd|dvi|tex|pdf|html?|qxd|p65|exe|ps)|\W*)$")
# Labels are read through the whole page tree; in a document of more sheets than this that takes longer than its text.
_MOST_LABELLED_PAGES = 5_000


def title_and_labels(data: bytes, password: str, count: int) -> tuple[str, list[str] | None]:
    """Title and printed labels; labels only where they differ from 1, 2, 3..."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), password=password or None)
        metadata = reader.metadata
        title = " ".join(clean(str(metadata.title or "")).split()) if metadata else ""
        labels = reader.page_labels if count <= _MOST_LABELLED_PAGES and "/PageLabels" in reader.root_object else None
    except (
        pypdf.errors.PyPdfError, TypeError, ValueError, AttributeError, NotImplementedError, KeyError, IndexError, RecursionError, OSError,
        AssertionError, OverflowError, ArithmeticError,
    ):  # fmt: skip  # everything that pypdf raised on damaged files
        return "", None
    if labels is not None and (len(labels) != count or labels == [str(number) for number in range(1, count + 1)]):
        labels = None
    title = title if len(title) <= LONGEST_TITLE and not _NO_TITLE.match(title) else ""
    return title, [clean(label) for label in labels] if labels else None
