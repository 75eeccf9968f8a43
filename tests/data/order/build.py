"""Makes the PDFs beside it from their sources: Typst, LaTeX, LibreOffice and Chromium set the sentences of sentences.json.

    pip install typst; apt-get install texlive-latex-extra libreoffice-writer-nogui chromium qpdf fonts-ipafont-mincho
    python tests/data/order/build.py [NAME...]

`{{en1}}` in a source stands for a sentence; Japanese words of `_READINGS` get their reading above them where a source can have that.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).parent
_SENTENCE = re.compile(r"\{\{(\w+)\}\}")
_READINGS = {
    "蔵書": "ぞうしょ",
    "峠": "とうげ",
    "館長": "かんちょう",
    "目録": "もくろく",
    "嵐": "あらし",
    "水位": "すいい",
    "苔": "こけ",
    "本堂": "ほんどう",
}
_RUBY = {
    ".html": "<ruby>{}<rt>{}</rt></ruby>",
    ".fodt": '<text:ruby text:style-name="R"><text:ruby-base>{}</text:ruby-base><text:ruby-text>{}</text:ruby-text></text:ruby>',
}


def main() -> None:
    """Make the PDFs that are named, or all."""
    sentences: dict[str, str] = json.loads((_HERE / "sentences.json").read_text("utf-8"))
    wanted = set(sys.argv[1:])
    for source in sorted(path for path in _HERE.iterdir() if path.suffix in _MAKERS):
        if wanted and source.stem not in wanted:
            continue
        filled = _SENTENCE.sub(functools.partial(_set, sentences, _RUBY.get(source.suffix, "")), source.read_text("utf-8"))
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, source.name)
            path.write_text(filled, "utf-8")
            _MAKERS[source.suffix](path)
            made = _HERE / f"{source.stem}.pdf"
            _run("qpdf", "--recompress-flate", "--compression-level=9", "--object-streams=generate", "--deterministic-id",
                 str(path.with_suffix(".pdf")), str(made))  # fmt: skip


def _set(sentences: dict[str, str], ruby: str, match: re.Match[str]) -> str:
    sentence = sentences[match[1]]
    for word, reading in _READINGS.items() if ruby else ():
        sentence = sentence.replace(word, ruby.format(word, reading))
    return sentence


def _typst(path: Path) -> None:
    importlib.import_module("typst").compile(str(path), output=str(path.with_suffix(".pdf")))


def _latex(path: Path) -> None:
    for _ in range(3):  # marginal numbers need what the run before wrote
        _run("pdflatex", "-interaction=batchmode", f"-output-directory={path.parent}", str(path))


def _office(path: Path) -> None:
    _run("soffice", f"-env:UserInstallation=file://{path.parent}/profile", "--headless", "--convert-to", "pdf", "--outdir",
         str(path.parent), str(path))  # fmt: skip


def _chromium(path: Path) -> None:
    _run(
        "chromium", "--headless", "--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={path.with_suffix('.pdf')}", str(path)
    )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "0"})


_MAKERS = {".typ": _typst, ".tex": _latex, ".fodt": _office, ".html": _chromium}

if __name__ == "__main__":
    main()
