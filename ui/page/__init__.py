"""The page: its layout, handlers, style and script."""

from __future__ import annotations

from ui.page.layout import Page, look, page
from ui.page.routes import routes

__all__ = ["Page", "look", "page", "routes"]
