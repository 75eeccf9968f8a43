"""The page: its layout, handlers, style and script."""

from __future__ import annotations

from ui.page.layout import Page, serve

__all__ = ["Page", "serve"]
