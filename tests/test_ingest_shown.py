"""What programs show and what only stands in for it: outputs of notebooks, formulas on slides, signatures of mail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pptx import Presentation
from pptx.oxml import parse_xml

from ingest.parsers.limits import Limits
from ingest.parsers.mail import parse_mail
from ingest.parsers.notebook import parse_notebook
from ingest.parsers.pptx import parse_pptx
from tests.office import lines, place_of, saved

LIMITS = Limits(100, 10.0)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/plain": ["<Figure size 640x480 with 1 Axes>"], "image/png": "iVBOR"}, []),
        ({"text/plain": ["<IPython.core.display.HTML object>"], "text/html": ["<p>Lista <b>lista</b></p>"]}, ["Lista lista"]),
        ({"text/plain": ["<IPython.core.display.Markdown object>"], "text/markdown": ["**Listo**"]}, ["**Listo**"]),
        ({"text/plain": ["<IPython.core.display.Latex object>"], "text/latex": ["$x^2$"]}, ["$x^2$"]),
        ({"text/plain": ["<Axes: title='Ventas'>"]}, ["<Axes: title='Ventas'>"]),
        ({"text/plain": ["array([1, 2])"]}, ["array([1, 2])"]),
    ],
)
def test_an_output_is_what_a_notebook_shows(data: dict[str, Any], shown: list[str]) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": [{"output_type": "display_data", "data": data, "metadata": {}}]}
    notebook = json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}).encode()
    assert lines(parse_notebook(notebook, "a.ipynb", LIMITS).pages[0]) == ["x", *shown]


def test_a_shape_with_a_formula_is_read_once() -> None:
    made: Any = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    shape = slide.shapes.add_textbox(0, 0, 10, 10)
    shape.text_frame.text = "Sea la energía"
    formula = parse_xml(
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
        'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"><mc:Choice Requires="a14"><p:sp><p:txBody><a:bodyPr/><a:p><a:r>'
        "<a:t>Por tanto </a:t></a:r><a14:m><m:oMath><m:r><m:t>E=mc²</m:t></m:r></m:oMath></a14:m></a:p></p:txBody></p:sp></mc:Choice>"
        "<mc:Fallback><p:sp><p:txBody><a:bodyPr/><a:p><a:r><a:t>Por tanto [imagen]</a:t></a:r></a:p></p:txBody></p:sp></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    slide.shapes._spTree.append(formula)
    (page,) = parse_pptx(saved(made), "a.pptx", LIMITS).pages
    assert lines(page) == ["Sea la energía", "Por tanto E=mc²"]
    assert place_of(page, "Por tanto").slide == 1


def test_the_signature_of_a_mail_is_no_attachment() -> None:
    mail = (
        b'From: a@example.es\nSubject: Firmado\nContent-Type: multipart/signed; boundary="s"\n\n--s\nContent-Type: text/plain\n\n'
        b"El texto firmado.\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Disposition: attachment; "
        b"filename=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIB\n--s--\n"
    )
    document = parse_mail(mail, "a.eml", LIMITS)
    assert document.warnings == ()
    assert "El texto firmado." in document.pages[0].text
