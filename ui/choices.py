"""What a person has chosen on the page, kept by the browser and sent along with every event.

The server holds none of it, so a restart, a reload and a second tab lose nothing. What comes from a browser is checked here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from rag.events import Mode
from rag.models.base import Thinking
from ui.locale import LANGUAGES

# Orders of the list of documents.
SORTS = ("name", "newest", "largest")
# Documents whose boxes are cleared, over all notebooks; more are forgotten, the oldest choice first.
_MOST_CLEARED = 2_000
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """How a person asks and looks.

    `language` is "" until it is chosen. `model` "" is the default. `cleared` are ids of documents that are not searched. `compared` are the
    models of the next comparison, None for the two best; `comparison` is the number of the one that is shown. `search` is what the list of
    conversations is searched for.
    """

    language: str = ""
    model: str = ""
    think: Thinking = Thinking.AUTO
    mode: Mode = Mode.AUTO
    cleared: tuple[int, ...] = ()
    compared: tuple[str, ...] | None = None
    blind: bool = False
    comparison: int = 0
    sort: str = SORTS[0]
    search: str = ""
    notice: bool = True  # whether the notice about the demonstration model is shown

    @classmethod
    def read(cls, text: str) -> Choices:
        """The choices in JSON as a browser keeps them; what cannot be understood has its default."""
        try:
            told = json.loads(text or "{}")
        except ValueError:
            told = {}
        return cls._checked(told if isinstance(told, dict) else {})

    @classmethod
    def _checked(cls, told: Mapping[str, Any]) -> Choices:
        known = cls()
        compared = told.get("compared")
        cleared = told.get("cleared", ())
        return cls(
            language=_one_of(told.get("language"), LANGUAGES, known.language),
            model=_text(told.get("model")),
            think=Thinking(_one_of(told.get("think"), tuple(Thinking), known.think)),
            mode=Mode(_one_of(told.get("mode"), tuple(Mode), known.mode)),
            cleared=tuple(one for one in cleared if isinstance(one, int))[-_MOST_CLEARED:] if isinstance(cleared, list) else (),
            compared=tuple(map(_text, compared)) if isinstance(compared, list) else None,
            blind=told.get("blind") is True,
            comparison=told["comparison"] if isinstance(told.get("comparison"), int) else 0,
            sort=_one_of(told.get("sort"), SORTS, known.sort),
            search=_text(told.get("search")),
            notice=told.get("notice") is not False,
        )

    def text(self) -> str:
        """As JSON, without what has its default."""
        default = asdict(Choices())
        return json.dumps({name: value for name, value in asdict(self).items() if value != default[name]}, ensure_ascii=False)

    def speaking(self, language: str) -> Choices:
        """With another language of the page; one that it does not speak changes nothing."""
        return replace(self, language=_one_of(language, LANGUAGES, self.language))

    def searching(self, documents: Mapping[int, bool]) -> Choices:
        """With boxes of documents set (true) or cleared."""
        kept = [one for one in self.cleared if one not in documents]
        return replace(self, cleared=(*kept, *(one for one, chosen in documents.items() if not chosen)))


def _text(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _one_of(value: object, known: tuple[str, ...], default: str) -> str:
    return value if isinstance(value, str) and value in known else default
