"""The language means of an embedder (store/search/centring.py): measured once for each model, and kept beside the models.

Measuring embeds 576 texts. Another library with the same model, told by its content and not by its name, takes what was measured before.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
import zipfile
from pathlib import Path

from core.types import PASSAGE, QUERY
from store.embedding.embedder import Embedder
from store.search.centring import LanguageMeans, calibration_version, measure

_log = logging.getLogger(__name__)


def language_means(embedder: Embedder) -> LanguageMeans:
    """The means of an embedder that is loaded. Raises EmbedderError."""
    file = embedder.means_file(calibration_version())
    kept = _kept(file) if file is not None else None
    if kept is not None:
        return kept
    begun = time.monotonic()
    _log.info("%s is measured on the calibration text, once for each model", embedder.signature)
    means = measure({role: lambda texts, role=role: embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
    _log.info("measured in %.1f s", time.monotonic() - begun)
    if file is not None:
        _keep(file, means)
    return means


def _kept(file: Path) -> LanguageMeans | None:
    try:
        return LanguageMeans.unpack(file.read_bytes())
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


def _keep(file: Path, means: LanguageMeans) -> None:
    """Write what was measured; where the directory cannot be written it is measured anew for the next library."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(means.pack())
        part.replace(file)
    except OSError as error:
        _log.warning("the language means cannot be kept in %s: %s", file, error.strerror)
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
