"""The page: components, layout and wiring, and how it is served.

Gradio carries state, queue, uploads and the API; what is seen is drawn by ui/render.py and ui/panels.py into `gr.HTML`, because
only markup of our own keeps the look, the accessibility and the escaping in one hand. A click on an element with `data-do="x"`
arrives here as the event `kd_x` (ui/page.js).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from core.errors import PortTaken
from ui.asking import Asking
from ui.backend import Backend
from ui.chat import Conversation, ask_endpoint
from ui.documents import Documents
from ui.panels import drop_markup, header_markup, model_markup, tabs_markup
from ui.words import LANGUAGES, pick_language, say

_HERE = Path(__file__).resolve().parent
# Handlers wait in threads of their own (ui/backend.py counts who may answer), so Gradio's queue need not hold anybody back.
_AT_ONCE = 32
_CACHE_S = (600, 3_600)
# A component may be there before the page's script is.
_WIRE = "const wire = () => window.kaedama ? window.kaedama.wire(element, trigger) : setTimeout(wire, 20); wire();"
_KEPT_LANGUAGE = "() => { try { return [localStorage.getItem('kaedama-language') || ''] } catch { return [''] } }"
_HIDDEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": _AT_ONCE}
_LISTEN: dict[str, Any] = {**_HIDDEN, "queue": False}


def _html(name: str, *events: str) -> gr.HTML:
    """A part of the page that we draw; `events` are what its elements can send."""
    quoted = " ".join(f"'kd_{event}'" for event in events)
    return gr.HTML("", elem_id=f"kd-{name}", apply_default_css=False, js_on_load=f"/* sends {quoted} */ {_WIRE}")


class Page:
    """The components of one page over a backend, wired."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._asking = Asking(backend)
        self._documents = Documents(backend)
        with gr.Blocks(title="Kaedama", fill_width=True, analytics_enabled=False, delete_cache=_CACHE_S) as self.blocks:
            # First, so that no handler of ours takes these names.
            api(ask_endpoint(backend), api_name="ask", concurrency_limit=_AT_ONCE)
            api(self._documents.endpoint, api_name="documents", concurrency_limit=_AT_ONCE)
            self._state()
            self._lay_out()
            self._wire_page()
            self._wire_documents()
            self._wire_chat()

    def _state(self) -> None:
        self.conversation = gr.State(Conversation())
        self.language = gr.State("en")
        self.kept_language = gr.Textbox(visible=False)

    def _lay_out(self) -> None:
        self.header = _html("header", "language")
        with gr.Row(elem_id="kd-columns"):
            with gr.Column(elem_id="kd-left"):
                self.listed = _html("documents", "scope", "delete")
                self.drop = _html("dropzone", "toolarge")
                self.jobs = _html("jobs", "stop_job", "dismiss")
                self.upload = gr.File(file_count="multiple", elem_id="kd-upload", visible="hidden", type="filepath")
            with gr.Column(elem_id="kd-middle"):
                with gr.Column(elem_id="kd-talk"):
                    self.earlier = _html("earlier", "show")
                    self.live = _html("live", "show", "example", "retry")
                with gr.Column(elem_id="kd-composer"):
                    with gr.Row(elem_id="kd-ask"):
                        self.box = gr.Textbox(
                            lines=1, max_lines=8, show_label=False, container=False, elem_id="kd-box", autofocus=True, scale=1
                        )
                        self.send = gr.Button("➤", elem_id="kd-send", min_width=44, scale=0)
                        self.stop = gr.Button("■", elem_id="kd-stop", min_width=44, scale=0)
                    self.model = _html("model", "model", "new")
            with gr.Column(elem_id="kd-right"):
                self.evidence = _html("evidence")
        self.tabs = _html("tabs")

    def _frame(self, language: str) -> tuple[Any, ...]:
        """Everything but documents and conversation: header, drop zone, question box, tabs."""
        return (
            header_markup(self._backend.settings.notebook, language),
            drop_markup(language, self._backend.settings.max_file_mb),
            gr.update(placeholder=say("ask_here", language), label=say("question", language)),
            gr.update(value=say("send", language)),
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
        )

    def _model_line(self, conversation: Conversation, language: str) -> str:
        return model_markup(self._backend.known_models(), conversation.model or self._backend.default_model(), language)

    def _wire_page(self) -> None:
        frame = [self.header, self.drop, self.box, self.send, self.stop, self.tabs]
        whole = [self.language, *frame, self.listed, self.jobs, self.earlier, self.live, self.evidence]

        def opened(kept: str, conversation: Conversation, request: gr.Request) -> tuple[Any, ...]:
            language = kept if kept in LANGUAGES else pick_language(request.headers.get("accept-language", ""))
            return self._whole(conversation, language)

        def followed(conversation: Conversation, language: str) -> Iterator[tuple[Any, Any]]:
            yield from self._documents.watch(self._backend.jobs.running(), conversation, language)

        def listed(conversation: Conversation, language: str) -> str:
            self._backend.models()
            return self._model_line(conversation, language)

        def turned(conversation: Conversation, event: gr.EventData) -> tuple[Any, ...]:
            language = str(event.language) if event.language in LANGUAGES else "en"
            return *self._whole(conversation, language), self._model_line(conversation, language)

        here = [self.conversation, self.language]
        shown = self.blocks.load(opened, [self.kept_language, self.conversation], whole, js=_KEPT_LANGUAGE, **_HIDDEN)
        shown.then(listed, here, [self.model], **_HIDDEN)
        shown.then(followed, here, [self.listed, self.jobs], **_HIDDEN)
        self.header.kd_language(turned, [self.conversation], [*whole, self.model], **_LISTEN)

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
        self.model.kd_new(asking.new, here, drawn, **_LISTEN)
        for part in (self.earlier, self.live):
            part.kd_show(asking.show, here, [self.evidence], **_LISTEN)

        def chosen(conversation: Conversation, language: str, event: gr.EventData) -> str:
            if self._backend.is_offered(str(event.value)):
                conversation.model = str(event.value)
            return self._model_line(conversation, language)

        self.model.kd_model(chosen, here, [self.model], **_LISTEN)


def _file(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def serve(backend: Backend, *, until: Callable[[], object]) -> None:
    """Put the page up, begin to warm up behind it, and take it down when `until` returns. Raises PortTaken."""
    settings = backend.settings
    blocks = Page(backend).blocks
    blocks.queue(max_size=256, default_concurrency_limit=_AT_ONCE)
    try:
        blocks.launch(
            server_name=settings.host,
            server_port=settings.port,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            inbrowser=False,
            footer_links=[],
            run_history=False,
            max_file_size=int(settings.max_file_mb * 1_000_000),
            ssr_mode=False,
            theme=gr.themes.Base(font=gr.themes.Font("system-ui"), font_mono=gr.themes.Font("ui-monospace")),
            css=_file("style.css"),
            head=f"<script>{_file('page.js')}</script>",
        )
    except OSError as error:
        raise PortTaken(port=settings.port, host=settings.host) from error
    try:
        backend.start()
        until()
    finally:
        blocks.close(verbose=False)
