"""What a document may take, the check that every parser makes while it reads, and what the person said of the file."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import TooManyPages, TooMuchText


@dataclass(frozen=True, slots=True)
class Limits:
    """Pages of a document, and megabytes (10^6 characters) of its text.

    `encoding` and `password` are what the person gave for this file, "" where nothing was given.
    """

    max_pages: int
    max_text_mb: float
    encoding: str = ""
    password: str = ""

    def check_pages(self, name: str, pages: int) -> None:
        """Raises TooManyPages."""
        if pages > self.max_pages:
            raise TooManyPages(name=name, pages=pages, limit=self.max_pages)

    def check_text(self, name: str, characters: int) -> None:
        """Raises TooMuchText."""
        if characters > self.max_text_mb * 1e6:
            raise TooMuchText(name=name, limit_mb=self.max_text_mb)
