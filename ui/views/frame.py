"""The frame of the page as markup: header, links for the keyboard, tabs of a narrow window, the empty state. Pure functions."""

from __future__ import annotations

from ui.locale import EXAMPLES, LANGUAGE_NAMES, LANGUAGES
from ui.views.text import escaped, words

VIEWS = ("ask", "compare", "models")


def header_markup(language: str) -> str:
    """Links that skip to the parts, the page's name, its views, the language switch and the light switch."""
    views = "".join(
        f'<button type="button" data-do="view" data-view="{view}">{words(f"view_{view}", language)}</button>' for view in VIEWS
    )
    switch = "".join(
        f'<button type="button" data-do="language" data-language="{code}" lang="{code}" '
        f'aria-pressed="{str(code == language).lower()}">{LANGUAGE_NAMES[code]}</button>'
        for code in LANGUAGES
    )
    skips = "".join(
        f'<a class="kd-skip" href="#{part}" data-do="skip" data-part="{part}">{words(key, language)}</a>'
        for part, key in (("kd-middle", "skip_question"), ("kd-right", "skip_evidence"))
    )
    said = "".join(f' data-{name}="{words(f"announce_{name}", language)}"' for name in ("done", "waits", "copied"))
    return (
        f'{skips}<header class="kd-header" data-page-language="{language}"><h1><span class="kd-logo" aria-hidden="true">替</span>'
        f'<span class="kd-brand">Kaedama</span><small>{words("tagline", language)}</small></h1>'
        f'<nav class="kd-views" aria-label="{words("views", language)}">{views}</nav>'
        f'<div class="kd-switch" role="group" aria-label="{words("language", language)}">{switch}</div>'
        f'<button type="button" class="kd-icon" data-do="theme" aria-label="{words("theme", language)}" '
        f'title="{words("theme", language)}">◐</button></header>'
        f'<p class="kd-sr" id="kd-announced" role="status"{said}></p>'
    )


def tabs_markup(language: str) -> str:
    """The three parts of the page, for a narrow window."""
    tabs = "".join(
        f'<button type="button" data-do="tab" data-tab="{name}">{words(key, language)}</button>'
        for name, key in (("library", "library"), ("chat", "chat"), ("evidence", "evidence"))
    )
    return f'<nav class="kd-tabs" aria-label="{words("panels", language)}">{tabs}</nav>'


def empty_markup(language: str, *, samples: bool) -> str:
    """That there is nothing to ask about, with the ways to change that; `samples` can be had."""
    offer = (
        f' <button type="button" class="kd-small" data-do="samples">{words("add_samples", language)}</button>' if samples else ""
    )
    return (
        f"<p>{words('empty_notebook', language)}</p>"
        f'<p><button type="button" class="kd-small" data-do="choose">{words("add", language)}</button>{offer}</p>'
    )


def welcome_markup(language: str, *, examples: bool, empty: str = "") -> str:
    """What stands in the middle before the first question. `examples` are about the sample documents.

    `empty` is markup that invites to add documents, "" where there are some.
    """
    chips = "".join(
        f'<button type="button" class="kd-example" data-do="example" lang="{code}" data-question="{escaped(text)}">{escaped(text)}</button>'
        for code, text in EXAMPLES
    )
    offer = f'<p class="kd-quiet">{words("try_one", language)}</p><div class="kd-examples">{chips}</div>' if examples else ""
    said = f'<div class="kd-invited">{empty}</div>' if empty else f"<p>{words('welcome_more', language)}</p>"
    return (
        f'<div class="kd-welcome"{" data-empty" if empty else ""}><span class="kd-bowl" aria-hidden="true">替</span>'
        f"<h2>{words('welcome', language)}</h2>"
        f"{said}{offer}</div>"
    )
