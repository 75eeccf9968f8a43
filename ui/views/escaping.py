"""Text that means nothing to HTML."""

from __future__ import annotations

import html

from core.text import clean


def escaped(text: str) -> str:
    """Text safe in content and in quoted attributes; control characters and lone surrogates are blanked."""
    return html.escape(clean(text), quote=True)
