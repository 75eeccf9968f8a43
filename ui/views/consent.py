"""The question before anything first leaves this machine, as markup. The service holds that nothing goes unasked."""

from __future__ import annotations

from collections.abc import Sequence

from ui.views.text import escaped, words


def consent_markup(
    recipients: Sequence[str], language: str, *, question: str = "", parent: str = "follow", box: bool = False, talk: bool = True
) -> str:
    """What would leave, to whom, and the two ways on. `question` and `parent` come back with the person's answer.

    `talk` tells that what was said before goes along.
    """
    where = ", ".join(recipients)
    items = "".join(
        f"<li>{words(key, language)}</li>"
        for key in ("leaves_question", "leaves_talk", "leaves_passages")
        if talk or key != "leaves_talk"
    )
    return (
        f'<section class="kd-consent" role="alertdialog" aria-label="{words("consent_title", language, place=where)}">'
        f"<h3>{words('consent_title', language, place=where)}</h3><p>{words('consent_leaves', language)}</p><ul>{items}</ul>"
        f"<p>{words('consent_stays', language)}</p>"
        f'<div class="kd-actions"><button type="button" class="kd-danger" data-do="allow" data-question="{escaped(question)}" '
        f'data-parent="{escaped(parent)}" data-box="{int(box)}">{words("consent_yes", language, place=where)}</button> '
        f'<button type="button" data-do="refuse">{words("consent_no", language)}</button></div></section>'
    )
