"""The page: components, layout and wiring, and how it is served.

Gradio carries state, queue, uploads and the API; what is seen is drawn by ui/render.py and ui/panels.py into `gr.HTML`, because
only markup of our own keeps the look, the accessibility and the escaping in one hand. A click on an element with `data-do="x"`
arrives here as the event `kd_x` (ui/page/script).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.events import api

from rag.models.base import Thinking
from rag.planner import Mode
from ui.asking import Asking
from ui.backend import Backend
from ui.chat import Conversation, ask_endpoint
from ui.comparing import Comparing
from ui.documents import Documents
from ui.kitchen_view import Kitchen
from ui.locale import LANGUAGES, pick_language, say
from ui.page.assets import script, style
from ui.panels import drop_markup, header_markup, model_markup, tabs_markup
from ui.shell.frame import Look

# Handlers wait in threads of their own (ui/backend.py counts who may answer), so Gradio's queue need not hold anybody back.
_AT_ONCE = 32
# A component may be there before the page's script is.
_WIRE = "const wire = () => window.kaedama ? window.kaedama.wire(element, trigger) : setTimeout(wire, 20); wire();"
_KEPT_LANGUAGE = "() => { try { return [localStorage.getItem('kaedama-language') || ''] } catch { return [''] } }"
_SAVE_VOTES = "(text) => window.kaedama.save('kaedama-votes.jsonl', text)"
_HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": _AT_ONCE}
_LISTEN: dict[str, Any] = {**_HIDDEN, "queue": False}


def _html(name: str, *events: str) -> gr.HTML:
    """A part of the page that we draw; `events` are what its elements can send."""
    quoted = " ".join(f"'kd_{event}'" for event in events)
    return gr.HTML("", elem_id=f"kd-{name}", apply_default_css=False, js_on_load=f"/* sends {quoted} */ {_WIRE}")


def _question(name: str, *, focused: bool) -> tuple[gr.Textbox, gr.Button, gr.Button]:
    """A question box with its two buttons, of which one is seen at a time."""
    with gr.Row(elem_id=f"{name}-ask", elem_classes="kd-ask"):
        box = gr.Textbox(
            lines=1, max_lines=8, show_label=False, container=False, elem_id=f"{name}-box", elem_classes="kd-box",
            autofocus=focused, scale=1,
        )  # fmt: skip
        send = gr.Button("➤", elem_id=f"{name}-send", elem_classes="kd-send", min_width=44, scale=0)
        stop = gr.Button("■", elem_id=f"{name}-stop", elem_classes="kd-stop", min_width=44, scale=0)
    return box, send, stop


class Page:
    """The components of one page over a backend, wired."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._asking = Asking(backend)
        self._documents = Documents(backend)
        self._comparing = Comparing(backend, self._asking)
        self._kitchen = Kitchen(backend)
        with gr.Blocks(title="Kaedama", fill_width=True, analytics_enabled=False) as self.blocks:
            # First, so that no handler of ours takes these names.
            api(ask_endpoint(backend), api_name="ask", concurrency_limit=_AT_ONCE)
            api(self._documents.endpoint, api_name="documents", concurrency_limit=_AT_ONCE)
            self._state()
            self._lay_out()
            self._wire_page()
            self._wire_documents()
            self._wire_chat()
            self._wire_models()
            self._wire_compare()

    def _state(self) -> None:
        self.conversation = gr.State(Conversation())
        self.language = gr.State("en")
        self.kept_language = gr.Textbox(visible=False)

    def _lay_out(self) -> None:
        self.header = _html("header", "language", "view")
        with gr.Row(elem_id="kd-columns"):
            with gr.Column(elem_id="kd-left"):
                self.listed = _html("documents", "scope", "delete")
                self.drop = _html("dropzone", "toolarge")
                self.jobs = _html("jobs", "stop_job", "dismiss")
                self.upload = gr.File(file_count="multiple", elem_id="kd-upload", visible="hidden", type="filepath")
            with gr.Column(elem_id="kd-middle"):
                with gr.Column(elem_id="kd-talk"):
                    self.earlier = _html("earlier", "show")
                    self.live = _html("live", "show", "example", "retry", "allow", "refuse", "view")
                with gr.Column(elem_id="kd-composer", elem_classes="kd-composer"):
                    self.box, self.send, self.stop = _question("kd", focused=True)
                    self.model = _html("model", "model", "think", "reads", "new", "view")
                with gr.Column(elem_id="kd-boards"):
                    self.board = _html("board", "vote", "again", "export", "allow", "refuse", "view")
                with gr.Column(elem_id="kd-versus-composer", elem_classes="kd-composer"):
                    self.setup = _html("setup", "pick", "blind")
                    self.versus_box, self.versus_send, self.versus_stop = _question("kd-versus", focused=False)
                self.kitchen = _html("kitchen", "look", "get", "unpull")
            with gr.Column(elem_id="kd-right"):
                self.evidence = _html("evidence")
                self.versus_evidence = _html("versus-evidence")
        self.votes = gr.Textbox(visible=False)
        self.tabs = _html("tabs")

    def _frame(self, language: str) -> tuple[Any, ...]:
        """Everything but documents and conversation: header, drop zone, question box, tabs."""
        return (
            header_markup(self._backend.settings.notebook, language),
            drop_markup(language, self._backend.settings.max_file_mb),
            gr.update(placeholder=say("ask_here", language), label=say("question", language)),
            gr.update(value=say("send", language)),
            gr.update(value=say("stop", language)),
            gr.update(placeholder=say("compare_here", language), label=say("question", language)),
            gr.update(value=say("compare", language)),
            gr.update(value=say("stop", language)),
            tabs_markup(language),
        )

    def _whole(self, conversation: Conversation, language: str) -> tuple[Any, ...]:
        return (
            language,
            *self._frame(language),
            self._documents.listed(conversation, language),
            self._documents.jobs(conversation, language),
            *self._asking.drawn(conversation, language),
            self._comparing.board(conversation, language),
            self._comparing.evidence(conversation, language),
        )

    def _models(self, conversation: Conversation, language: str) -> tuple[str, str, str]:
        """The parts that show models: under the question box, those to compare, and the kitchen guide."""
        line = self._model_line(conversation, language)
        return line, self._comparing.setup(conversation, language), self._kitchen.drawn(language)

    def _model_line(self, conversation: Conversation, language: str) -> str:
        models = self._backend.models
        chosen = conversation.model or models.default()
        return model_markup(models.known(), chosen, language, think=conversation.think, mode=conversation.mode)

    def _looked(self, conversation: Conversation, language: str) -> tuple[str, str, str]:
        """As `_models`, after asking the engines again."""
        self._backend.models.look()
        return self._models(conversation, language)

    def _wire_page(self) -> None:
        boxes = [self.box, self.send, self.stop, self.versus_box, self.versus_send, self.versus_stop]
        frame = [self.header, self.drop, *boxes, self.tabs]
        told = [self.listed, self.jobs, self.earlier, self.live, self.evidence, self.board, self.versus_evidence]
        whole = [self.language, *frame, *told]

        def opened(kept: str, conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
            language = kept if kept in LANGUAGES else pick_language(request.headers.get("accept-language", ""))
            return self._whole(conversation, language)

        def followed(conversation: Conversation, language: str) -> Iterator[tuple[Any, Any]]:
            yield from self._documents.watch(self._backend.jobs.running(), conversation, language)

        def turned(conversation: Conversation, event: gr.EventData) -> tuple[Any, ...]:
            language = str(event.language) if event.language in LANGUAGES else "en"
            return *self._whole(conversation, language), *self._models(conversation, language)

        def viewed(conversation: Conversation, language: str) -> Iterator[tuple[Any, Any, Any]]:
            yield self._looked(conversation, language)
            if self._kitchen.busy:
                for drawn in self._kitchen.watch(language):
                    yield gr.skip(), gr.skip(), drawn

        here = [self.conversation, self.language]
        shown = self.blocks.load(opened, [self.kept_language, self.conversation], whole, js=_KEPT_LANGUAGE, **_HIDDEN)
        shown.then(self._looked, here, self._shows_models(), **_HIDDEN)
        shown.then(followed, here, [self.listed, self.jobs], **_HIDDEN)
        self.header.kd_language(turned, [self.conversation], [*whole, *self._shows_models()], **_LISTEN)
        for part in (self.header, self.model, self.live, self.board):
            part.kd_view(viewed, here, self._shows_models(), trigger_mode="always_last", **_HIDDEN)

    def _shows_models(self) -> list[gr.HTML]:
        return [self.model, self.setup, self.kitchen]

    def _wire_documents(self) -> None:
        here = [self.conversation, self.language]
        documents = self._documents
        self.upload.upload(
            documents.add, [self.upload, *here], [self.upload, self.listed, self.jobs], trigger_mode="multiple", **_HIDDEN
        )
        self.drop.kd_toolarge(documents.too_large, here, [self.jobs], **_LISTEN)
        self.jobs.kd_stop_job(documents.stop, None, None, **_LISTEN)
        self.jobs.kd_dismiss(documents.dismiss, here, [self.jobs], **_LISTEN)
        self.listed.kd_scope(documents.scope, here, [self.listed], trigger_mode="multiple", **_LISTEN)
        self.listed.kd_delete(documents.delete, here, [self.listed], **_HIDDEN)

    def _wire_chat(self) -> None:
        here = [self.conversation, self.language]
        drawn = [self.box, self.earlier, self.live, self.evidence, self.conversation]
        asking = self._asking
        gr.on([self.box.submit, self.send.click], asking.ask, [self.box, *here], drawn, **_HIDDEN)
        self.live.kd_example(asking.example, here, drawn, **_HIDDEN)
        self.live.kd_retry(asking.retry, here, drawn, **_HIDDEN)
        self.stop.click(asking.stop, None, None, **_LISTEN)
        self.live.kd_allow(asking.allow, here, drawn, **_HIDDEN)
        self.live.kd_refuse(asking.refuse, here, drawn, **_LISTEN)
        self.model.kd_new(asking.new, here, drawn, **_LISTEN)
        for part in (self.earlier, self.live):
            part.kd_show(asking.show, here, [self.evidence], **_LISTEN)

    def _wire_models(self) -> None:
        here = [self.conversation, self.language]

        def chosen(conversation: Conversation, language: str, event: gr.EventData) -> str:
            known = [info.name for info in self._backend.models.known()]
            if str(event.value) in known:
                conversation.model = str(event.value)
            return self._model_line(conversation, language)

        def asked(conversation: Conversation, event: gr.EventData) -> None:
            if str(event.value) in list(Thinking):
                conversation.think = Thinking(str(event.value))

        def read(conversation: Conversation, event: gr.EventData) -> None:
            if str(event.value) in list(Mode):
                conversation.mode = Mode(str(event.value))

        def got(conversation: Conversation, language: str, event: gr.EventData) -> Iterator[tuple[Any, Any, Any]]:
            for drawn in self._kitchen.get(language, event):
                yield gr.skip(), gr.skip(), drawn
            yield self._models(conversation, language)

        self.model.kd_model(chosen, here, [self.model], **_LISTEN)
        self.model.kd_think(asked, [self.conversation], None, **_LISTEN)
        self.model.kd_reads(read, [self.conversation], None, **_LISTEN)
        self.kitchen.kd_look(self._looked, here, self._shows_models(), **_HIDDEN)
        self.kitchen.kd_get(got, here, self._shows_models(), trigger_mode="multiple", **_HIDDEN)
        self.kitchen.kd_unpull(self._kitchen.stop, None, None, **_LISTEN)

    def _wire_compare(self) -> None:
        here = [self.conversation, self.language]
        drawn = [self.versus_box, self.board, self.versus_evidence, self.conversation]
        comparing = self._comparing
        gr.on([self.versus_box.submit, self.versus_send.click], comparing.ask, [self.versus_box, *here], drawn, **_HIDDEN)
        self.board.kd_again(comparing.again, here, drawn, **_HIDDEN)
        self.board.kd_allow(comparing.allow, here, drawn, **_HIDDEN)
        self.board.kd_refuse(comparing.refuse, here, drawn, **_LISTEN)
        self.versus_stop.click(comparing.stop, None, None, **_LISTEN)
        self.setup.kd_pick(comparing.pick, here, [self.setup], trigger_mode="multiple", **_LISTEN)
        self.setup.kd_blind(comparing.blind, [self.conversation], None, **_LISTEN)
        self.board.kd_vote(comparing.vote, here, [self.board], **_LISTEN)
        self.board.kd_export(comparing.export, None, [self.votes], **_LISTEN).then(None, [self.votes], None, js=_SAVE_VOTES)


def page(backend: Backend) -> gr.Blocks:
    """The page over a backend, with its queue set up."""
    blocks: gr.Blocks = Page(backend).blocks
    blocks.queue(max_size=256, default_concurrency_limit=_AT_ONCE)
    return blocks


def look() -> Look:
    """The page's style sheet and script; its header says the language as soon as it is drawn."""
    return Look(style(), script(), ready="[data-page-language]")
