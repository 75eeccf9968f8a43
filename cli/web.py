"""Pages of the web that a command names: fetched into a folder of their own, from which they are read like uploads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import DocumentError
from core.settings import Settings
from ingest.events import SourceDone, Status


def is_address(word: str) -> bool:
    """Whether a word of the command line is an address of the web, not a path."""
    return word.lower().startswith(("http://", "https://"))


def fetched(addresses: Sequence[str], settings: Settings, folder: Path) -> Iterator[Path | SourceDone]:
    """Fetch pages one after the other: of each the folder that holds it under its name, or how it failed."""
    from ingest.web import document_name, fetch  # loads an HTTP client

    for number, address in enumerate(addresses):
        try:
            page = fetch(address, settings)
        except DocumentError as error:
            yield SourceDone(address, Status.FAILED, 0, 0, 0.0, error=error, file=address)
            continue
        home = folder / str(number)
        place = home / document_name(page)
        place.parent.mkdir(parents=True)
        place.write_bytes(page.data)
        yield home
