"""The page: its layout, handlers, style and script."""

from __future__ import annotations

from ui.page.layout import Page, look, page

__all__ = ["Page", "look", "page"]
