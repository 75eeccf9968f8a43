"""Brings a catalog to the schema of today: each missing step in a transaction of its own, so that a killed process leaves whole versions."""

from __future__ import annotations

import logging
import sqlite3
import unicodedata
from pathlib import Path

from core.errors import LibraryTooNew
from store.catalog.schema import STEPS

_log = logging.getLogger(__name__)


def migrate(db: sqlite3.Connection, directory: Path) -> None:
    """Apply what is missing, then have foreign keys observed. Raises LibraryTooNew; where SQLite fails, `sqlite3.Error`."""
    # A step that makes a table anew drops the old one, which must not take what refers to it along. Without effect in a transaction.
    db.execute("PRAGMA foreign_keys = OFF")
    db.create_function("nfc", 1, _composed, deterministic=True)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise LibraryTooNew(directory=directory, found=version, known=len(STEPS))
    for number, step in enumerate(STEPS[version:], start=version + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        _log.info("catalog migrated to version %d", number)
    db.execute("PRAGMA foreign_keys = ON")


def _composed(text: str) -> str:
    """Text in Unicode form C, for the steps of the schema."""
    return unicodedata.normalize("NFC", text)
