"""The documents of a notebook as markup: the place to drop files, what is done with all of them, and the list. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from core.types import Source
from ingest.formats import Format
from ingest.report import Report
from store.catalog import Notebook
from ui.locale import plural_forms
from ui.views.report import size_in_words, told_in_short
from ui.views.text import escaped, middle_shortened, words

# A filter is offered from so many documents on.
_FILTERED_FROM = 6
# A format of so many extensions is told by its kind.
_NAMED_BY_WORDS = 8


def drop_markup(language: str, limit_mb: float, formats: Sequence[Format]) -> str:
    """The place where files are dropped; a button, so that the keyboard reaches it. The server checks the limit again."""
    accepted = ",".join(extension for one in formats for extension in one.extensions)
    kinds = ", ".join(dict.fromkeys(_called(one, language) for one in formats))
    return (
        f'<button type="button" class="kd-drop" data-do="choose" data-limit="{int(limit_mb * 1_000_000)}" '
        f'data-accept="{escaped(accepted)}" data-sending="{words("sending", language)}"><strong>+ {words("add", language)}</strong>'
        f"<span>{words('add_hint', language, kinds=kinds, limit=round(limit_mb))}</span></button>{_address(language)}"
    )


def _address(language: str) -> str:
    """A field for the address of a web page, folded, with what is sent for it."""
    label = words("address_label", language)
    return (
        f'<details class="kd-fold kd-address"><summary>{words("address", language)}</summary><div class="kd-form" data-submit="address">'
        f'<input type="url" maxlength="2000" aria-label="{label}" placeholder="https://">'
        f'<button type="button" class="kd-small" data-do="address">{words("address_add", language)}</button></div>'
        f'<p class="kd-quiet">{words("address_consent", language)}</p></details>'
    )


def _called(one: Format, language: str) -> str:
    """A format by its commonest extension and a second one that is no spelling of it (CSV, TSV), or in words where it has many."""
    if len(one.extensions) >= _NAMED_BY_WORDS:
        return one.kind.format_in(language)
    first, *others = (extension.removeprefix(".").upper() for extension in one.extensions)
    return ", ".join([first, *(other for other in others[:1] if other[0] != first[0])])


def documents_markup(
    sources: Sequence[Source],
    cleared: Collection[int],
    language: str,
    *,
    sort: str = "name",
    elsewhere: Sequence[Notebook] = (),
    reports: Mapping[int, Report] | None = None,
) -> str:
    """The list. `cleared` are ids that are not searched, `elsewhere` the other notebooks, `reports` those that were kept, by id."""
    chosen = sum(source.id not in cleared for source in sources)
    known = reports or {}
    items = "".join(
        _item(source, known.get(source.id), language, chosen=source.id not in cleared) for source in ordered(sources, sort)
    )
    tools = _tools(len(sources), chosen, language, sort=sort, elsewhere=elsewhere) if sources else ""
    return (
        f'<section aria-label="{words("documents", language)}"><div class="kd-title"><h2>{words("documents", language)} '
        f'<span class="kd-count">{len(sources)}</span></h2></div>{tools}'
        f'<ul class="kd-documents">{items}</ul><p class="kd-quiet" data-scope="{chosen}">{_scope(len(sources), chosen, language)}</p></section>'
    )


def ordered(sources: Sequence[Source], sort: str) -> list[Source]:
    """By name, the newest first, or the largest first."""
    by_name = sorted(sources, key=lambda source: source.name.casefold())
    if sort == "newest":
        return sorted(by_name, key=lambda source: -source.added)
    return sorted(by_name, key=lambda source: -source.size) if sort == "largest" else by_name


def _scope(total: int, chosen: int, language: str) -> str:
    if not total:
        return words("no_documents", language)
    if chosen == total:
        return words("scope_all", language)
    return words("scope_some", language, chosen=chosen, total=total) if chosen else words("scope_none", language)


def _tools(total: int, chosen: int, language: str, *, sort: str, elsewhere: Sequence[Notebook]) -> str:
    """Filter, order, all or none, and what can be done with several at a time; for that, documents are selected apart from the search."""
    state = " checked" if chosen == total else ""
    every = f'<label class="kd-every"><input type="checkbox" data-do="every"{state}>{words("every", language)}</label>'
    field = ""
    if total >= _FILTERED_FROM:
        label = words("filter_documents", language)
        field = f'<input type="search" class="kd-search" data-do="filter" aria-label="{label}" placeholder="{label}">'
    orders = "".join(
        f'<option value="{one}"{" selected" if one == sort else ""}>{words(f"sort_{one}", language)}</option>'
        for one in ("name", "newest", "largest")
    )
    order = f'<label><span class="kd-sr">{words("sort", language)}</span><select data-do="sort">{orders}</select></label>'
    moves = "".join(
        f'<button type="button" class="kd-small" data-do="move-documents" data-notebook="{one.id}">'
        f"{words('move_to', language, name=one.name)}</button>"
        for one in elsewhere
    )
    bulk = (
        f'<details class="kd-bulk"><summary>{words("bulk", language)}</summary><div>'
        f'<label class="kd-every"><input type="checkbox" data-do="select-all">{words("select_all", language)}</label>'
        f'<p class="kd-quiet" role="status" data-none="{words("select_none", language)}" {_forms("selected", language)}></p>{moves}'
        f'<button type="button" class="kd-small kd-danger" data-do="bulk-ask" {_forms("delete_selected", language)}></button>'
        f"{_confirm('delete-selected', '', language, forms=_forms('delete_selected_ask', language))}</div></details>"
    )
    return f'<div class="kd-tools">{field}<div class="kd-line">{every}{order}</div>{bulk}</div>'


def _forms(key: str, language: str) -> str:
    """The plural forms of a sentence for the page's script, which counts what is selected; `{n}` stands for the number."""
    return f'data-forms="{escaped(json.dumps(plural_forms(key, language), ensure_ascii=False))}"'


def _item(source: Source, report: Report | None, language: str, *, chosen: bool) -> str:
    name = escaped(source.name)
    delete = words("delete", language, name=source.name)
    counts = " · ".join(
        part for part in (escaped(size_in_words(source, language)), words("passages", language, n=source.chunks)) if part
    )
    told = " · ".join(told_in_short(source, report, language))
    scan = f'<span class="kd-scan">{escaped(told)}</span>' if told else ""
    about = words("report_of", language, name=source.name)
    mark = " kd-told" if told else ""
    return (
        f'<li class="kd-document" data-id="{source.id}" data-name="{name}"><label class="kd-select"><input type="checkbox" '
        f'data-do="select" data-id="{source.id}" aria-label="{words("select_document", language, name=source.name)}"></label>'
        f'<label class="kd-searched"><input type="checkbox" data-do="scope" '
        f'data-id="{source.id}" aria-label="{words("search_in", language, name=source.name)}"{" checked" if chosen else ""}>'
        f'<span class="kd-what"><span class="kd-name" title="{name}">{escaped(middle_shortened(source.name))}</span>'
        f'<span class="kd-quiet">{counts}</span>{scan}</span></label>'
        f'<button type="button" class="kd-icon kd-about{mark}" data-do="report" data-id="{source.id}" title="{about}" aria-label="{about}" '
        f'aria-haspopup="dialog">{"!" if told else "i"}</button>'
        f'<button type="button" class="kd-icon kd-delete" data-do="ask-delete" title="{delete}" aria-label="{delete}">&times;</button>'
        f"{_confirm('delete', words('delete_ask', language), language, name=name)}</li>"
    )


def _confirm(action: str, question: str, language: str, *, name: str = "", forms: str = "") -> str:
    return (
        f'<div class="kd-confirm" role="alertdialog" aria-label="{question}" hidden><span {forms}>{question}</span>'
        f'<button type="button" class="kd-danger" data-do="{action}" data-name="{name}">{words("delete_yes", language)}</button>'
        f'<button type="button" data-do="keep">{words("delete_no", language)}</button></div>'
    )
