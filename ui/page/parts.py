"""The components of the page in their places, empty; handlers are wired in ui/page/layout.py."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

# A component may be there before the page's script is.
_WIRE = "const wire = () => window.kaedama ? window.kaedama.wire(element, trigger) : setTimeout(wire, 20); wire();"
_JOINED = "${(value || []).join('')}"


def html(name: str, *events: str, pieces: bool = False) -> gr.HTML:
    """A part of the page that we draw; `events` are what its elements can send, `pieces` tells that its value is a list of markup."""
    quoted = " ".join(f"'kd_{event}'" for event in events)
    return gr.HTML(
        [] if pieces else "",
        html_template=_JOINED if pieces else "${value}",
        elem_id=f"kd-{name}",
        apply_default_css=False,
        js_on_load=f"/* sends {quoted} */ {_WIRE}",
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A question box with its two buttons, of which one is seen at a time."""

    box: gr.Textbox
    send: gr.Button
    stop: gr.Button

    @classmethod
    def make(cls, name: str, *, focused: bool) -> Question:
        """The components, in the row that is open now."""
        with gr.Row(elem_id=f"{name}-ask", elem_classes="kd-ask"):
            box = gr.Textbox(
                lines=1, max_lines=8, show_label=False, container=False, elem_id=f"{name}-box", elem_classes="kd-box",
                autofocus=focused, scale=1,
            )  # fmt: skip
            send = gr.Button("➤", elem_id=f"{name}-send", elem_classes="kd-send", min_width=44, scale=0)
            stop = gr.Button("■", elem_id=f"{name}-stop", elem_classes="kd-stop", min_width=44, scale=0)
        return cls(box, send, stop)


class Parts:
    """All components of one page. The hidden ones are kept by the browser and come with every event: `choices` (JSON), `seen` (what was
    last looked at), `current` (the conversation that is shown).
    """

    def __init__(self) -> None:
        """Lay them out in the Blocks that are open now."""
        self.choices = gr.Textbox(
            visible="hidden", elem_id="kd-choices"
        )  # in the document, so that the browser hears of its changes
        self.seen, self.current, self.file = (gr.Textbox(visible=False) for _ in range(3))
        self.header = html("header", "language", "view")
        with gr.Row(elem_id="kd-columns"):
            with gr.Column(elem_id="kd-left"):
                self._left()
            with gr.Column(elem_id="kd-middle"):
                self._middle()
            with gr.Column(elem_id="kd-right"):
                self.evidence = html("evidence")
                self.versus_evidence = html("versus-evidence")
        self.tabs = html("tabs")
        self.go = html("go")
        self.place = html("place", "place", "warm")
        self.pulse = html("pulse", "look", "open", "watch", "watch_board")

    def _left(self) -> None:
        self.said = html("said", "restore")
        self.notebooks = html("notebooks", "new_notebook", "rename_notebook", "delete_notebook")
        self.conversations = html("conversations", "search", "rename_conversation", "delete_conversation")
        with gr.Column(elem_id="kd-adding"):
            self.drop = html("dropzone", "toolarge", "address")
            self.jobs = html("jobs", "stop_job", "dismiss", "answer", "again")
        self.documents = html("documents", "scope", "sort", "report", "delete", "delete_selected", "move_documents")
        self.report = html("report", "read_again", "delete")
        self.upload = gr.File(file_count="multiple", elem_id="kd-upload", visible="hidden", type="filepath")

    def _middle(self) -> None:
        answers = ("show", "retry", "edit", "branch", "thumb", "reason")
        with gr.Column(elem_id="kd-talk"):
            self.turns = html("turns", *answers, "earlier", pieces=True)
            self.live = html("live", *answers, "example", "samples", pieces=True)
            self.waiting = html("waiting")
        with gr.Column(elem_id="kd-composer", elem_classes="kd-composer"):
            self.notice = html("notice", "allow", "refuse", "restore", "samples")
            self.question = Question.make("kd", focused=True)
            self.model = html("model", "model", "think", "reads", "hide_notice", "export")
        with gr.Column(elem_id="kd-boards"):
            self.board = html("board", "vote", "again", "export_votes")
        with gr.Column(elem_id="kd-versus-composer", elem_classes="kd-composer"):
            self.versus_notice = html("versus-notice", "allow", "refuse")
            self.setup = html("setup", "pick", "blind")
            self.versus = Question.make("kd-versus", focused=False)
        self.recommendations = html("recommendations", "look_models", "get", "stop_job")
