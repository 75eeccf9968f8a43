"""The worker's door: `python -m ingest.worker DUTY LIMITS PARENT`, started by the pool and by nobody else.

Requests come from standard input, answers go to standard output, until the pool closes the pipe.
"""

from __future__ import annotations

import json
import os
import sys

from ingest.worker.confinement import Rules, confine, end_with
from ingest.worker.frames import send_json
from ingest.worker.serving import Server


def main() -> None:
    """Confine this process, then serve."""
    duty, told, parent = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not reach the answers
    settings = json.loads(told)
    # Before any other thread is begun: rules hold for the thread that makes them and for those that come after.
    held = confine(Rules(memory_mb=settings["memory_mb"], runs_programs=duty == "recognise", program=settings["tesseract"]))
    end_with(int(parent))
    send_json(answers, {"held": held})
    Server(settings, sys.stdin.buffer, answers).serve()


if __name__ == "__main__":
    main()
