"""Style and script of the page: the files of two folders, joined in the order of their names."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


# Matches the document's root and counts for more than any selector of Gradio's, whose style elements come later than ours.
_RAISED = ":root:not(#none)"
# Rules for the root itself, names of animations.
_ROOT = "0_root.css"


def style() -> str:
    """The page's style sheet. Whatever stands below the root is nested in one selector, so that Gradio's rules come after it."""
    root = (_HERE / "style" / _ROOT).read_text("utf-8")
    return f"{root}{_RAISED} {{\n{_joined('style', besides=_ROOT)}}}\n"


def script() -> str:
    """The page's script; its files share one scope that nothing else on the page sees."""
    return f"(() => {{\n{_joined('script')}}})();\n"


def _joined(folder: str, *, besides: str = "") -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted((_HERE / folder).iterdir()) if path.name != besides)
