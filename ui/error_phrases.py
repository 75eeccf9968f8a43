"""Phrases that stand inside the sentences of core/errors.py, in Japanese and Spanish: what a file turned out to be, why a model broke off.

Errors carry them in English, since the command line and logs speak it. What is not here (a server's own words, a path) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# English: (Japanese, Spanish)
PHRASES: Mapping[str, tuple[str, str]] = {
    # Kinds of files
    "a PDF": ("PDF", "un PDF"),
    "HTML": ("HTML", "HTML"),
    "Markdown": ("Markdown", "Markdown"),
    "plain text": ("プレーンテキスト", "texto sin formato"),
    "binary data": ("バイナリデータ", "datos binarios"),
    # Why a document could not be read
    "its character encoding cannot be told": ("文字コードを判別できません", "no se puede saber su codificación"),
    "its structure is broken, or it has no page": (
        "構造が壊れているか、ページがありません",
        "su estructura está rota o no tiene páginas",
    ),
    "reading was stopped": ("読み込みが中止されました", "se detuvo la lectura"),
    "reading it took too much memory or ended abruptly": (
        "読み込みにメモリーを使いすぎたか、途中で終了しました",
        "leerlo ocupó demasiada memoria o terminó de golpe",
    ),
    "its reader answered nonsense": ("読み取り処理が異常な応答を返しました", "su lector respondió sin sentido"),
    "it is not a regular file": ("通常のファイルではありません", "no es un archivo normal"),
    # Why an answer broke off
    "reading the passages": ("一節を読んでいる間", "leyendo los pasajes"),
    "writing": ("書いている間", "escribiendo"),
    "it gave no text": ("テキストが返りませんでした", "no dio ningún texto"),
    "the stream ended without its last line": ("応答が最後まで届きませんでした", "la respuesta llegó sin su última línea"),
    # Model files and downloads
    "its checksum is wrong": ("チェックサムが一致しません", "su suma de comprobación no es correcta"),
    "its checksum is not the hub's": (
        "チェックサムがハブのものと一致しません",
        "su suma de comprobación no es la del servidor",
    ),
    "it is a LoRA adapter, not a model": ("モデルではなくLoRAアダプターです", "es un adaptador LoRA, no un modelo"),
    "another program is fetching it at this moment": (
        "別のプログラムが取得しています",
        "otro programa lo está descargando en este momento",
    ),
    "the connection was lost": ("接続が切れました", "se perdió la conexión"),
    "the hub sent less than the whole file": (
        "ハブから届いたファイルが途中までです",
        "el servidor envió menos que el archivo entero",
    ),
    "Get the file again.": ("ファイルを取得し直してください。", "Vuelve a obtener el archivo."),
    "It was deleted; fetch it again.": ("削除しました。もう一度取得してください。", "Se borró; vuelve a descargarlo."),
    "Restore it from the repository.": ("リポジトリから復元してください。", "Restáuralo desde el repositorio."),
    "Delete it; it is made again at the next start.": (
        "削除してください。次の起動時に作り直されます。",
        "Bórralo; se crea de nuevo en el próximo arranque.",
    ),
    "Free some space or reinstall the package, then try again.": (
        "空き容量を増やすかパッケージを入れ直してから、もう一度お試しください。",
        "Libera espacio o reinstala el paquete y vuelve a intentarlo.",
    ),
}

# The same for phrases with something of the case in them, which stands as {0} in the others.
PATTERNS: Sequence[tuple[re.Pattern[str], tuple[str, str]]] = (
    (re.compile(r"a file of type (\S+)"), ("{0}形式のファイル", "un archivo de tipo {0}")),
    (
        re.compile(r"a text file of an unknown kind \((.+)\)"),
        ("種類の分からないテキストファイル({0})", "un archivo de texto de tipo desconocido ({0})"),
    ),
    (re.compile(r"the connection to (.+) was lost"), ("{0}との接続が切れました", "se perdió la conexión con {0}")),
    (re.compile(r"(.+) sent a garbled line"), ("{0}から壊れた応答が届きました", "{0} envió una línea ilegible")),
    (re.compile(r"(.+) said nothing for (\S+) s"), ("{0}から{1}秒間応答がありません", "{0} no dijo nada durante {1} s")),
)


def phrase(text: str, language: str) -> str:
    """A phrase in the reader's language; what has no translation stays as it is."""
    if language == "en":
        return text
    column = 0 if language == "ja" else 1
    if text in PHRASES:
        return PHRASES[text][column]
    for pattern, translated in PATTERNS:
        if match := pattern.fullmatch(text):
            return translated[column].format(*match.groups())
    return text
