"""How much the models of Gemini's API are told to think: a table by generation (data), and what to try where a model refuses.

Sources: https://ai.google.dev/gemini-api/docs/thinking and https://ai.google.dev/gemini-api/docs/generate-content/thinking.
`thinkingLevel` is for Gemini 3 and later and for Gemma 4, `thinkingBudget` (tokens; 0 off, -1 automatic) for Gemini 2.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ThinkingRow:
    """What the models whose names begin with `models` (a pattern) are told: `off` for the least that they take, `on` to think.

    `quiet` tells that `off` really switches thinking off.
    """

    models: str
    off: Config
    on: Config
    quiet: bool = False


_MINIMAL: Config = {"thinkingLevel": "MINIMAL"}
_LOW: Config = {"thinkingLevel": "LOW"}
_MEDIUM: Config = {"thinkingLevel": "MEDIUM"}
# The first row that fits. {}: the model's own default, which is a middle or high level for all but the light models.
ROWS = (
    ThinkingRow(r"gemma-4", off=_MINIMAL, on={"thinkingLevel": "HIGH"}, quiet=True),
    ThinkingRow(r"gemini-2\.5-pro", off={"thinkingBudget": 128}, on={"thinkingBudget": -1}),
    ThinkingRow(r"gemini-2\.5", off={"thinkingBudget": 0}, on={"thinkingBudget": -1}, quiet=True),
    ThinkingRow(r"gemini-(3(\.\d+)?-)?flash-lite", off=_MINIMAL, on=_MEDIUM, quiet=True),
    ThinkingRow(r"gemini-3(\.[0-6])?-flash", off=_MINIMAL, on={}, quiet=True),
    ThinkingRow(r"gemini-([3-9]|\d\d|flash|pro)", off=_LOW, on={}),  # later ones, `gemini-flash-latest`, `gemini-pro-latest`
)
# A refusal of what a model was told of thinking, in the API's words.
REFUSED = re.compile(
    r"not a supported thinking level|thinking level .* not supported|only works in thinking mode|budget -?\d+ is", re.I
)
# Tokens beside the answer for a model that cannot be kept from thinking: thoughts count against maxOutputTokens.
ROOM_TO_THINK = 1024
_LADDER = ("MINIMAL", "LOW", "MEDIUM")
_LEAST_BUDGET = 128


def row_of(name: str) -> ThinkingRow | None:
    """The row of a model, None where nothing is known of it."""
    return next((row for row in ROWS if re.match(row.models, name)), None)


def thinking_config(name: str, *, think: bool) -> Config:
    """The thinkingConfig of a model that can think; {} where it is left to the model."""
    row = row_of(name)
    if row is None:
        return {"includeThoughts": True} if think else {}
    return {"includeThoughts": think, **(row.on if think else row.off)}


def is_quiet(config: Config) -> bool:
    """Whether a thinkingConfig switches thinking off."""
    return config.get("thinkingBudget") == 0 or config.get("thinkingLevel") == "MINIMAL"


def next_less_strict(config: Config) -> Config | None:
    """What to tell a model that refused a thinkingConfig: the next larger amount, at last nothing; None where there is nothing left."""
    shown = {"includeThoughts": config["includeThoughts"]} if "includeThoughts" in config else {}
    if config.get("thinkingBudget") == 0:
        return {**shown, "thinkingBudget": _LEAST_BUDGET}
    level = str(config.get("thinkingLevel", ""))
    if level in _LADDER[:-1]:
        return {**shown, "thinkingLevel": _LADDER[_LADDER.index(level) + 1]}
    if shown.get("includeThoughts") and config != shown:
        return shown
    return {} if config else None
