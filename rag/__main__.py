"""python -m rag COMMAND: the door to cli/rag.py."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cli import rag
from core.command import guarded

if TYPE_CHECKING:
    from service.conversations import KeptConversation


def main() -> int:
    """Run one command. Returns its exit status."""
    return rag.main(_exported)


def _exported(conversation: KeptConversation, form: str) -> str:
    from ui.exports import Form, export_conversation  # loads the views: only where something is exported

    return export_conversation(conversation, Form(form), "en")


if __name__ == "__main__":
    sys.exit(guarded(main))
