"""Style and script of the page: the files of two folders, joined in the order of their names."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def style() -> str:
    """The page's style sheet."""
    return _joined("style")


def script() -> str:
    """The page's script; its files share one scope that nothing else on the page sees."""
    return f"(() => {{\n{_joined('script')}}})();\n"


def _joined(folder: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((_HERE / folder).iterdir()))
