"""The question before anything first leaves this machine. Pure markup; ui/open_models.py holds that nothing goes unasked."""

from __future__ import annotations

from collections.abc import Sequence

from ui.render import words


def consent_markup(places: Sequence[str], language: str) -> str:
    """What would leave, to whom, and the two ways on."""
    where = ", ".join(places)
    items = "".join(f"<li>{words(key, language)}</li>" for key in ("leaves_question", "leaves_talk", "leaves_passages"))
    return (
        f'<section class="kd-consent" role="alertdialog" aria-label="{words("consent_title", language, place=where)}">'
        f"<h3>{words('consent_title', language, place=where)}</h3><p>{words('consent_leaves', language)}</p><ul>{items}</ul>"
        f"<p>{words('consent_stays', language)}</p>"
        f'<p class="kd-actions"><button type="button" class="kd-danger" data-do="allow">'
        f"{words('consent_yes', language, place=where)}</button> "
        f'<button type="button" data-do="refuse">{words("consent_no", language)}</button></p></section>'
    )
