"""history, notebooks: what is kept in a library."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Protocol

from cli.reports import citation_line, supported_line
from core.settings import Settings
from rag.answer import Status

if TYPE_CHECKING:
    from service.app import Application
    from service.conversations import KeptConversation, KeptTurn
    from store.catalog import Notebook

# How an answer ended, where its text does not say so.
_ENDINGS = {
    Status.NOTHING_FOUND: "Nothing in the documents came near enough.",
    Status.UNSURE: "(Little in the documents speaks to this question.)",
    Status.CUT: "(The answer reached the limit of its length.)",
    Status.STOPPED: "(It was stopped here.)",
    Status.INTERRUPTED: "(It broke off here: Kaedama was ended.)",
}


class Exports(Protocol):
    """What writes conversations as files: the views, which the door hands in (a command imports no page)."""

    def __call__(self, conversation: KeptConversation, form: str) -> str:
        """The text of a file of the form "md", "html" or "json"."""


def history(options: argparse.Namespace, settings: Settings) -> int:
    """List, show, export or delete conversations. Raises UnknownConversation."""
    from service.app import Application

    with Application.open(settings) as application:
        if getattr(options, "id", "") == "last":  # as `ask --conversation last`
            options.id = application.conversations.newest(application.sessions.of("terminal").notebook) or options.id
        if options.what == "show":
            _show(application, options.id, as_json=options.json)
        elif options.what == "export":
            export: Exports = options.export
            sys.stdout.write(export(application.conversations.get(options.id), options.format))
        elif options.what == "delete":
            application.conversations.delete(options.id)
            application.purge()
            _done({"event": "deleted", "id": options.id}, f"{options.id} is deleted.", as_json=options.json)
        else:
            _list(application, settings, as_json=options.json, every=options.all)
    return 0


def _list(application: Application, settings: Settings, *, as_json: bool, every: bool) -> None:
    from cli.tables import columns
    from service.export import moment

    opened = application.notebooks.opened(settings.notebook).name
    kept = {notebook.name: application.conversations.all(notebook.id) for notebook in application.notebooks.all()}
    asked = list(kept) if every else [opened]
    found = sorted(((one, name) for name in asked for one in kept[name]), key=lambda pair: -pair[0].updated)
    if as_json:
        for one, name in found:
            times = {"created": moment(one.created), "updated": moment(one.updated)}
            print(json.dumps({**dataclasses.asdict(one), "notebook": name, **times}, ensure_ascii=False))
        return
    head = ("", "last used", "turns", *(("notebook",) if every else ()), "")
    rows = [
        (one.id, moment(one.updated)[:16].replace("T", " "), str(one.turns), *((name,) if every else ()), one.title)
        for one, name in found
    ]
    print("\n".join(columns([head, *rows])) if rows else "No conversations yet.")
    elsewhere = sum(len(those) for name, those in kept.items() if name not in asked)
    if elsewhere:
        sys.stderr.write(f"{elsewhere} more in other notebooks: --all lists them, --notebook NAME those of one.\n")


def _show(application: Application, conversation: str, *, as_json: bool) -> None:
    from service.export import turn_fields

    kept = application.conversations.get(conversation)
    for turn in kept.turns:
        if as_json:
            print(json.dumps(turn_fields(turn), ensure_ascii=False))
        else:
            _print(turn)
    hidden = kept.about.turns - len(kept.turns)
    if hidden and not as_json:
        sys.stderr.write(f"{hidden} more on other branches of this conversation.\n")


def _print(turn: KeptTurn) -> None:
    from service.export import moment

    print(f"> {turn.question}\n({turn.model}, {moment(turn.asked)[:16].replace('T', ' ')})\n")
    ending = str(turn.answer.error) if turn.answer.error is not None else _ENDINGS.get(turn.answer.status, "")
    print("\n".join(part for part in (turn.answer.text, ending) if part))
    for citation in turn.answer.citations:
        print(citation_line(citation))
    if turn.answer.verdicts:
        print(supported_line(turn.answer.verdicts))
    print()


def notebooks(options: argparse.Namespace, settings: Settings) -> int:
    """List, make, rename or delete notebooks. Raises UnknownNotebook, NotebookNameTaken, NotebookNameEmpty."""
    from service.app import Application

    with Application.open(settings) as application:
        if options.what == "new":
            made = application.notebooks.create(options.name)
            _done({"event": "created", **_fields(made)}, f"The notebook {made.name} is there.", as_json=options.json)
        elif options.what == "rename":
            made = application.notebooks.rename(_known(application, options.name).id, options.new_name)
            _done({"event": "renamed", **_fields(made)}, f"{options.name} is called {made.name} now.", as_json=options.json)
        elif options.what == "delete":
            gone = _known(application, options.name)
            application.notebooks.delete(gone.id)
            application.purge()
            _done({"event": "deleted", **_fields(gone)}, f"The notebook {gone.name} is deleted.", as_json=options.json)
        else:
            _notebooks(application, as_json=options.json)
    return 0


def _notebooks(application: Application, *, as_json: bool) -> None:
    from cli.tables import columns

    found = application.notebooks.all()
    if as_json:
        for one in found:
            print(json.dumps(_fields(one), ensure_ascii=False))
        return
    print("\n".join(columns([("", "documents"), *((one.name, str(one.documents)) for one in found)])))


def _known(application: Application, name: str) -> Notebook:
    from core.errors import UnknownNotebook

    found = application.notebooks.named(name)
    if found is None:
        raise UnknownNotebook(name=name)
    return found


def _fields(notebook: Notebook) -> dict[str, object]:
    from service.export import moment

    return {
        "id": notebook.id,
        "name": notebook.name,
        "created": moment(notebook.created),
        "documents": notebook.documents,
    }


def _done(fields: dict[str, object], sentence: str, *, as_json: bool) -> None:
    print(json.dumps(fields, ensure_ascii=False) if as_json else sentence)
