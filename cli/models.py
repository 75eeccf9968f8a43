"""models, pull: what can answer here, and what is downloaded so that it can."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import TYPE_CHECKING

from cli.reports import progress
from core.command import INTERRUPTED, status_line
from core.errors import KaedamaError, ModelError, ModelUnavailable
from core.settings import Settings

if TYPE_CHECKING:
    from rag.models.base import ModelInfo


def models(options: argparse.Namespace, settings: Settings) -> int:
    """The models that can answer here, and which Gemma fits this machine."""
    from cli.tables import columns
    from rag.machine import machine_line, this_machine
    from rag.models.listing import list_models
    from rag.models.llama_cpp import TERMS
    from rag.recommendations import recommend, rows

    models = list_models(settings)
    ours = [
        model.name.removeprefix("ollama:") for model in models if model.name.startswith("ollama:") and not model.location.remote
    ]
    found = recommend(this_machine(), ours)
    if options.json:
        for model in models:
            print(
                json.dumps(
                    dataclasses.asdict(model) | {"where": model.location.word, "place": model.location.recipient},
                    ensure_ascii=False,
                )
            )
        print(json.dumps({"recommendations": dataclasses.asdict(found)}, ensure_ascii=False))
        return 0
    print("\n".join(columns([_model_row(model) for model in models])))
    print(f"\nThis machine: {machine_line(found.machine)}\n")
    print("\n".join(columns(rows(found))))
    if found.command:
        first = "" if ours else f"No model in Ollama at {settings.ollama_url}. Install it (https://ollama.com) and start it, then: "
        print(f"\n* is the best fit here. {first}{found.command}")
    elif found.best:
        print(f"\n* is the best fit here, and it is installed: --model ollama:{found.best}")
    sys.stderr.write(f"{TERMS}\n")
    return 0


def pull(options: argparse.Namespace, settings: Settings) -> int:
    """Download a model."""
    from rag.models.pulling import pull

    name = options.name
    try:
        for event in pull(name, settings):
            name = event.name
            if options.json:
                print(json.dumps({"event": "pulling", **dataclasses.asdict(event)}, ensure_ascii=False), flush=True)
            else:
                status_line(progress(event))
    except KeyboardInterrupt:
        status_line("")
        sys.stderr.write("Stopped. What was downloaded is kept; the same command goes on from there.\n")
        return INTERRUPTED
    except KaedamaError:
        status_line("")
        raise
    status_line("")
    model = f"llamacpp:{name}" if name.startswith("hf:") else f"ollama:{name}"
    print(json.dumps({"event": "done", "name": name}) if options.json else f"{name} is there: --model {model}")
    return 0


def ollama_trouble(settings: Settings) -> ModelError | None:
    """What is wrong at the address of the Ollama server; None where one answers, or nothing is there."""
    from rag.models.ollama_server import check

    try:
        check(settings)
    except ModelUnavailable:
        return None
    except ModelError as error:
        return error
    return None


def _model_row(model: ModelInfo) -> tuple[str, ...]:
    able = (("thinks", model.thinks), ("sees", model.sees), ("demonstration", model.demonstration))
    can = ", ".join(word for word, true in able if true)
    size = f"{model.size / 1e9:.1f} GB" if model.size else ""
    return (model.name, model.engine, "at home" if not model.location.remote else "remote", f"{model.window:,} tokens", size, can)
