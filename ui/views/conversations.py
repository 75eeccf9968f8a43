"""The list of conversations as markup: newest first, each with a link of its own. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from core.text import shortened
from store.catalog import Conversation
from ui.locale import date, say
from ui.views.text import escaped, words

_LONGEST_TITLE = 120
# The first so many are listed; older ones are found by searching.
_LISTED = 100


def conversations_markup(
    conversations: Sequence[Conversation],
    chosen: str,
    language: str,
    *,
    search: str = "",
    running: Sequence[str] = (),
    today: dt.date,
) -> str:
    """A button for a new one, the search, and the list. `running` are those with an answer being written."""
    items = "".join(
        _item(one, language, chosen=one.id == chosen, running=one.id in running, today=today) for one in conversations[:_LISTED]
    )
    if not conversations:
        items = f'<li class="kd-quiet">{words("no_match" if search else "no_conversations", language)}</li>'
    more = len(conversations) - _LISTED
    rest = f'<p class="kd-quiet">{words("conversations_more", language, n=more)}</p>' if more > 0 else ""
    field = (
        f'<input type="search" class="kd-search" data-do="search" maxlength="100" value="{escaped(search)}" '
        f'aria-label="{words("search_conversations", language)}" placeholder="{words("search_conversations", language)}">'
    )
    new = f'+ {words("new", language)}<span class="kd-sr">: {words("new_chat", language)}</span>'
    return (
        f'<nav aria-label="{words("conversations", language)}"><div class="kd-title"><h2>{words("conversations", language)}</h2>'
        f'<a class="kd-small" href="?" data-do="open" data-id="">{new}</a></div>'
        f'{field if conversations or search else ""}<ul class="kd-conversations">{items}</ul>{rest}</nav>'
    )


def _item(one: Conversation, language: str, *, chosen: bool, running: bool, today: dt.date) -> str:
    title = escaped(shortened(one.title, _LONGEST_TITLE) or say("untitled", language))
    current = ' aria-current="page"' if chosen else ""
    state = f'<span class="kd-dots" role="img" aria-label="{words("status_writing", language)}"></span>' if running else ""
    rename, delete = words("rename_conversation", language), words("delete_conversation", language)
    return (
        f'<li class="kd-conversation" data-id="{one.id}"><a href="?c={one.id}" data-do="open" data-id="{one.id}"{current}>'
        f'<span class="kd-name">{title}</span><span class="kd-quiet">{state}{escaped(date(one.updated, language, today=today))}</span></a>'
        f'<button type="button" class="kd-icon" data-do="rename-ask" title="{rename}" aria-label="{rename}: {title}">✎</button>'
        f'<button type="button" class="kd-icon kd-delete" data-do="delete-conversation" data-id="{one.id}" title="{delete}" '
        f'aria-label="{delete}: {title}">&times;</button>'
        f'<div class="kd-form" data-submit="rename-conversation" hidden><input type="text" maxlength="{_LONGEST_TITLE}" value="{title}" '
        f'aria-label="{rename}"><button type="button" class="kd-small" data-do="rename-conversation" data-id="{one.id}">'
        f"{words('rename', language)}</button></div></li>"
    )
