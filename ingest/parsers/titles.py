"""A title for documents that have none of their own."""

from __future__ import annotations

import re
from pathlib import PurePath

LONGEST_TITLE = 160


def title_from_name(name: str) -> str:
    """The file's name without extension and with the separators that stand for spaces made spaces.

    >>> title_from_name("docs/annual_report-2025.en.pdf")
    'annual report 2025'
    """
    stem = re.sub(r"(?<!\.tar)\.(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{1,8}$", "", PurePath(name).name)
    stem = re.sub(r"\.(en|es|ja)$", "", stem)
    return re.sub(r"[\s_\-]+", " ", stem).strip()
