"""python -m ingest PATH...: the door to cli/ingest.py."""

from __future__ import annotations

import sys

from cli.ingest import main
from core.command import guarded

if __name__ == "__main__":
    sys.exit(guarded(main))
