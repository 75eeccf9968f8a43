"""python -m rag search | ask | compare | votes | models | pull | doctor: the door to cli/rag.py."""

from __future__ import annotations

import sys

from cli.rag import main
from core.command import guarded

if __name__ == "__main__":
    sys.exit(guarded(main))
