"""Words that are said while the page is not there: before it is drawn, and when the server is gone or refuses something."""

from __future__ import annotations

from collections.abc import Mapping

from ui.locale import LANGUAGES, say

# The keys that static/shell.js asks for: the names in ui/locale without their first part.
_KEYS = (
    "shell_opening",
    "shell_slow",
    "shell_script",
    "shell_lost",
    "shell_silent",
    "shell_refused",
    "shell_large",
    "shell_many",
    "shell_failed",
)


def shell_words() -> Mapping[str, Mapping[str, str]]:
    """Language: key: words."""
    return {language: {key.removeprefix("shell_"): say(key, language) for key in _KEYS} for language in LANGUAGES}
