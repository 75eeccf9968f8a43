"""The page over an application: its components, and which handler answers which event.

Gradio carries events, queue, uploads and the API; what is seen is drawn by ui/views into `gr.HTML`, because only markup of our own keeps the
look, the accessibility and the escaping in one hand. A click on an element with `data-do="x"` arrives here as the event `kd_x`
(ui/page/script). The server holds nothing of a tab: see ui/page/context.py.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from ingest.formats import FORMATS
from service.app import Application
from ui.choices import Choices
from ui.locale import say
from ui.page.assets import script, style
from ui.page.comparing import Comparing
from ui.page.context import Context, read
from ui.page.exporting import Exporting
from ui.page.models import ModelsView
from ui.page.parts import Parts
from ui.page.placing import Placing
from ui.page.programs import ask_endpoint, documents_endpoint
from ui.page.shelf import Shelf
from ui.page.talk import Talk
from ui.shell.frame import Look
from ui.views.documents import drop_markup
from ui.views.frame import header_markup, tabs_markup

# Handlers wait in threads of their own (the service counts who may answer), so Gradio's queue need not hold anybody back.
_AT_ONCE = 32
# Events that wait at a time; beyond that Gradio refuses.
_LONGEST_QUEUE = 256
# Seconds: how often, and how old, uploaded files that nobody took are removed.
_CACHE_S = (600, 3_600)
_KEPT_CHOICES = "() => [window.kaedama ? window.kaedama.choices() : '']"
_KEEP_CHOICES = "(text) => window.kaedama.keep(text)"
_CHOSEN = "() => window.kaedama.chosen('{}')"
_SETTLED = "() => window.kaedama.settled()"
_SAVE_FILE = "(file) => window.kaedama.save(file)"
_HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": _AT_ONCE}
_LISTEN: dict[str, Any] = {**_HIDDEN, "queue": False}
_MULTIPLE: dict[str, Any] = {**_LISTEN, "trigger_mode": "multiple"}


class Page:
    """The components of one page over an application, wired."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._talk = Talk(application)
        self._shelf = Shelf(application)
        self._models = ModelsView(application)
        self._comparing = Comparing(application)
        self._exporting = Exporting(application)
        self._placing = Placing(application)
        with gr.Blocks(title="Kaedama", fill_width=True, analytics_enabled=False, delete_cache=_CACHE_S) as self.blocks:
            # First, so that no handler of ours takes these names.
            api(ask_endpoint(application), api_name="ask", concurrency_limit=_AT_ONCE)
            api(documents_endpoint(application), api_name="documents", concurrency_limit=_AT_ONCE)
            self.parts = Parts()
            self._wire_page()
            self._wire_shelf()
            self._wire_documents()
            self._wire_talk()
            self._wire_models()
            self._wire_compare()

    # Drawing

    def _frame(self, language: str) -> tuple[Any, ...]:
        """What depends on the language only."""
        return (
            header_markup(language),
            drop_markup(language, self._application.settings.max_file_mb, FORMATS),
            tabs_markup(language),
            gr.update(placeholder=say("ask_here", language), label=say("question", language)),
            gr.update(value=say("send", language)),
            gr.update(value=say("stop", language)),
            gr.update(placeholder=say("compare_here", language), label=say("question", language)),
            gr.update(value=say("compare", language)),
            gr.update(value=say("stop", language)),
        )

    def _whole(self, here: Context) -> tuple[Any, ...]:
        """All parts, in the order of `_all_parts`; the question box keeps what is in it."""
        _, *talk = self._talk.whole(here, self._talk.lost(here))
        return (
            here.choices.text(),
            *self._frame(here.language),
            *self._shelf.drawn(here),
            self._shelf.pulse(here),
            *talk,
            self._comparing.board(here),
            self._comparing.evidence(here),
        )

    def _all_parts(self) -> list[Any]:
        parts = self.parts
        boxes = [one for question in (parts.question, parts.versus) for one in (question.box, question.send, question.stop)]
        talk = self._talk_parts()[1:]
        return [
            parts.choices, parts.header, parts.drop, parts.tabs, *boxes, *self._shelf_parts(), parts.pulse, *talk, parts.board,
            parts.versus_evidence,
        ]  # fmt: skip

    def _shelf_parts(self) -> list[Any]:
        return [self.parts.notebooks, self.parts.conversations, self.parts.jobs, self.parts.documents]

    def _talk_parts(self) -> list[Any]:
        parts = self.parts
        return [parts.question.box, parts.notice, parts.turns, parts.live, parts.waiting, parts.evidence, parts.current]

    def _models_drawn(self, kept: str, request: gr.Request) -> tuple[str, str, str]:
        """The parts that show models: under the question box, those to compare, and the view of models."""
        here = read(self._application, kept, request)
        line, recommendations = self._models.look(kept, request)
        return line, self._comparing.setup(here), recommendations

    # Wiring

    def _wire_page(self) -> None:
        parts = self.parts
        models = [parts.model, parts.setup, parts.recommendations]

        def opened(kept: str, request: gr.Request) -> tuple[Any, ...]:
            here = read(self._application, kept, request)
            return *self._whole(here), self._models.line(here, wait=False)

        def turned(kept: str, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
            here = read(self._application, Choices.read(kept).speaking(str(event.language)).text(), request)
            line = self._models.line(here)
            return *self._whole(here), line, self._comparing.setup(here), self._models.recommendations(here)

        parts.choices.change(None, [parts.choices], None, js=_KEEP_CHOICES)
        shown = self.blocks.load(opened, [parts.choices], [*self._all_parts(), parts.model], js=_KEPT_CHOICES, **_HIDDEN)
        shown.then(self._models_drawn, [parts.choices], models, **_HIDDEN)
        parts.header.kd_language(turned, [parts.choices], [*self._all_parts(), *models], **_LISTEN)
        viewed = parts.header.kd_view(self._models_drawn, [parts.choices], models, trigger_mode="always_last", **_HIDDEN)
        viewed.then(self._models.watch, [parts.choices], [parts.model, parts.recommendations], trigger_mode="multiple", **_HIDDEN)
        parts.place.kd_place(self._placing.show, [parts.choices], [parts.place], **_LISTEN | {"trigger_mode": "always_last"})
        parts.place.kd_warm(self._placing.warm, [parts.choices], None, **_MULTIPLE)
        parts.pulse.kd_look(
            self._shelf.look, [parts.choices, parts.seen], [*self._shelf_parts(), parts.pulse, parts.seen], **_LISTEN
        )

    def _wire_shelf(self) -> None:
        parts, shelf, kept = self.parts, self._shelf, [self.parts.choices]
        talk = self._talk_parts()[1:]

        def opened(choices: str, request: gr.Request) -> tuple[Any, ...]:
            _, *drawn = self._talk.open(choices, request)
            return *shelf.switch(choices, request), *drawn

        parts.pulse.kd_open(opened, kept, [*self._shelf_parts(), *talk], trigger_mode="always_last", **_LISTEN)
        for part in (parts.said, parts.notice):
            part.kd_restore(shelf.restore, kept, [parts.said, parts.go], **_MULTIPLE)
        parts.notebooks.kd_new_notebook(shelf.create, kept, [parts.said, parts.go], **_LISTEN)
        parts.notebooks.kd_rename_notebook(shelf.rename, kept, [parts.said, parts.notebooks], **_LISTEN)
        parts.notebooks.kd_delete_notebook(shelf.delete, kept, [parts.said, parts.go], **_LISTEN)
        parts.conversations.kd_search(
            shelf.search, kept, [parts.choices, parts.conversations], **_LISTEN | {"trigger_mode": "always_last"}
        )
        parts.conversations.kd_rename_conversation(shelf.rename_conversation, kept, [parts.conversations], **_LISTEN)
        deleted = [parts.said, parts.conversations, parts.go]
        parts.conversations.kd_delete_conversation(shelf.delete_conversation, kept, deleted, **_MULTIPLE)

    def _wire_documents(self) -> None:
        parts, shelf, kept = self.parts, self._shelf, [self.parts.choices]
        listed = [parts.choices, parts.documents]
        parts.upload.upload(shelf.add, [parts.upload, *kept], [parts.upload, parts.jobs], trigger_mode="multiple", **_HIDDEN)
        parts.drop.kd_toolarge(shelf.too_large, kept, [parts.said], **_LISTEN)
        parts.drop.kd_address(shelf.address, kept, [parts.jobs], **_MULTIPLE)
        parts.jobs.kd_stop_job(shelf.stop_job, kept, [parts.jobs], **_MULTIPLE)
        parts.jobs.kd_dismiss(shelf.dismiss, kept, [parts.jobs], **_MULTIPLE)
        parts.jobs.kd_answer(shelf.answer, kept, [parts.jobs], **_MULTIPLE)
        parts.jobs.kd_again(shelf.again, kept, [parts.jobs], **_MULTIPLE)
        scoped = parts.documents.kd_scope(shelf.scope, kept, listed, **_LISTEN | {"trigger_mode": "always_last"})
        scoped.then(None, None, None, js=_CHOSEN.format("scope"))
        parts.documents.kd_sort(shelf.sort, kept, listed, **_LISTEN)
        parts.documents.kd_report(shelf.report, kept, [parts.report], **_LISTEN)
        parts.report.kd_read_again(shelf.read_again, kept, [parts.said, parts.jobs], **_HIDDEN)
        for part in (parts.documents, parts.report):
            part.kd_delete(shelf.delete_document, kept, [parts.said, parts.documents], **_MULTIPLE)
        parts.documents.kd_delete_selected(shelf.delete_selected, kept, [parts.said, parts.documents], **_MULTIPLE)
        parts.documents.kd_move_documents(shelf.move_selected, kept, [parts.said, parts.documents], **_HIDDEN)

    def _wire_talk(self) -> None:
        parts, talk, kept = self.parts, self._talk, [self.parts.choices]
        drawn = self._talk_parts()
        grown = [parts.live, parts.waiting, parts.evidence]
        here = [parts.choices, parts.current]
        boxed = [parts.question.box.submit, parts.question.send.click]
        asking = [
            gr.on(boxed, talk.ask, [parts.question.box, *kept], drawn, **_LISTEN),
            parts.live.kd_example(talk.example, kept, drawn, **_LISTEN),
            parts.notice.kd_allow(talk.allow, kept, drawn, **_LISTEN),
        ]
        for part in (parts.turns, parts.live):
            asking += [part.kd_retry(talk.retry, kept, drawn, **_LISTEN), part.kd_edit(talk.edit, kept, drawn, **_LISTEN)]
            part.kd_show(talk.show, kept, [parts.evidence], **_LISTEN)
            part.kd_branch(talk.branch, kept, drawn, **_LISTEN)
            part.kd_thumb(talk.thumb, kept, drawn, **_LISTEN)
            part.kd_reason(talk.reason, kept, drawn, **_LISTEN)
        for one in asking:
            one.then(None, None, None, js=_SETTLED)
        parts.pulse.kd_watch(talk.watch, here, grown, trigger_mode="multiple", **_HIDDEN)
        for part in (parts.live, parts.notice):
            part.kd_samples(talk.samples, kept, drawn, **_LISTEN)
        parts.notice.kd_refuse(talk.refuse, kept, drawn, **_LISTEN)
        parts.question.stop.click(talk.stop, kept, None, **_LISTEN)
        parts.turns.kd_earlier(talk.earlier, kept, [parts.turns], **_LISTEN)
        taken = parts.model.kd_export(self._exporting.conversation, kept, [parts.file], **_LISTEN)
        taken.then(None, [parts.file], None, js=_SAVE_FILE)

    def _wire_models(self) -> None:
        parts, models, kept = self.parts, self._models, [self.parts.choices]
        chosen = [parts.choices, parts.model]
        for name, event, handler in (
            ("model", parts.model.kd_model, models.model),
            ("think", parts.model.kd_think, models.think),
            ("reads", parts.model.kd_reads, models.reads),
            ("notice", parts.model.kd_hide_notice, models.hide_notice),
        ):
            event(handler, kept, chosen, **_LISTEN).then(None, None, None, js=_CHOSEN.format(name))
        parts.recommendations.kd_look_models(self._models_drawn, kept, [parts.model, parts.setup, parts.recommendations], **_HIDDEN)
        got = parts.recommendations.kd_get(models.get, kept, [parts.said, parts.recommendations], **_MULTIPLE)
        got.then(models.watch, kept, [parts.model, parts.recommendations], trigger_mode="multiple", **_HIDDEN)
        parts.recommendations.kd_stop_job(models.stop, kept, [parts.recommendations], **_MULTIPLE)

    def _wire_compare(self) -> None:
        parts, comparing, kept = self.parts, self._comparing, [self.parts.choices]
        drawn = [parts.versus.box, parts.versus_notice, parts.board, parts.versus_evidence, parts.choices]
        versus = parts.versus
        gr.on([versus.box.submit, versus.send.click], comparing.ask, [versus.box, *kept], drawn, **_LISTEN)
        parts.board.kd_again(comparing.again, kept, drawn, **_LISTEN)
        parts.versus_notice.kd_allow(comparing.allow, kept, drawn, **_LISTEN)
        parts.pulse.kd_watch_board(comparing.watch, kept, [parts.board, parts.versus_evidence], trigger_mode="multiple", **_HIDDEN)
        parts.versus_notice.kd_refuse(comparing.refuse, kept, drawn, **_LISTEN)
        parts.versus.stop.click(comparing.stop, kept, None, **_LISTEN)
        parts.setup.kd_pick(comparing.pick, kept, [parts.choices, parts.setup], **_MULTIPLE)
        parts.setup.kd_blind(comparing.blind, kept, [parts.choices], **_LISTEN)
        parts.board.kd_vote(comparing.vote, kept, [parts.board], **_LISTEN)
        taken = parts.board.kd_export_votes(self._exporting.votes, kept, [parts.file], **_LISTEN)
        taken.then(None, [parts.file], None, js=_SAVE_FILE)


def page(application: Application) -> gr.Blocks:
    """The page over an application, with its queue set up."""
    blocks: gr.Blocks = Page(application).blocks
    blocks.queue(max_size=_LONGEST_QUEUE, default_concurrency_limit=_AT_ONCE)
    return blocks


def look() -> Look:
    """The page's style sheet and script; the conversation is drawn together with everything else."""
    return Look(style(), script(), ready="[data-conversation]")
