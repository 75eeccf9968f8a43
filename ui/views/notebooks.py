"""The notebook that is open, and the ways to another, as markup. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from store.catalog import Notebook
from ui.locale import say
from ui.views.text import escaped, words


def notebooks_markup(notebooks: Sequence[Notebook], chosen: int, language: str) -> str:
    """The name of the open notebook; unfolded: the others, and new, rename, delete."""
    current = next((one for one in notebooks if one.id == chosen), None)
    name = escaped(current.name if current else "")
    items = "".join(_item(one, language, chosen=one.id == chosen) for one in notebooks)
    rename = _form("rename-notebook", words("notebook_name", language), words("rename", language), value=name)
    new = _form("new-notebook", words("notebook_new", language), words("create", language))
    delete = (
        f'<button type="button" class="kd-small kd-danger" data-do="delete-notebook" data-id="{chosen}">'
        f"{words('notebook_delete', language)}</button>"
        if len(notebooks) > 1
        else ""
    )
    shared = f'<p class="kd-quiet">{words("shared", language)}</p>'
    return (
        f'<details class="kd-notebooks"><summary><span class="kd-sr">{words("notebook", language)}: </span>'
        f'<strong>{name}</strong></summary><div class="kd-menu"><ul>{items}</ul>{new}{rename}{delete}{shared}</div></details>'
    )


def _item(notebook: Notebook, language: str, *, chosen: bool) -> str:
    current = ' aria-current="true"' if chosen else ""
    count = escaped(say("documents_count", language, n=notebook.documents))
    return (
        f'<li><a href="?n={notebook.id}" data-do="switch-notebook" data-id="{notebook.id}"{current}>'
        f'<span class="kd-name">{escaped(notebook.name)}</span> <span class="kd-quiet">{count}</span></a></li>'
    )


def _form(action: str, label: str, button: str, *, value: str = "") -> str:
    return (
        f'<div class="kd-form" data-submit="{action}"><input type="text" maxlength="80" aria-label="{label}" placeholder="{label}" '
        f'value="{value}"><button type="button" class="kd-small" data-do="{action}">{button}</button></div>'
    )
