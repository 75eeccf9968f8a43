"""The call itself is wrong: settings, questions, names of models. Exit status 2 on the command line."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences, Words


class SettingFault(Words):
    """Why a setting cannot have a value."""

    NEEDS_PATH = Sentences(en="it needs a path", es="hace falta una ruta", ja="パスが必要です")
    NEEDS_NUMBER = Sentences(en="it needs a number of {unit}", es="hace falta un número de {unit}", ja="数値({unit})が必要です")
    OUT_OF_RANGE = Sentences(
        en="it lies between {low:,} and {high:,} {unit}",
        es="está entre {low:,} y {high:,} {unit}",
        ja="{low:,}から{high:,}まで({unit})です",
    )
    ONE_OF = Sentences(en="it is one of {choices}", es="es uno de {choices}", ja="{choices}のいずれかです")
    NEEDS_NAME = Sentences(en="a notebook needs a name", es="un cuaderno necesita un nombre", ja="ノートブックには名前が必要です")
    NO_PRICES = Sentences(
        en="it is no price table ({detail})",
        es="no es una tabla de precios ({detail})",
        ja="料金表ではありません({detail})",
    )


class Unit(Words):
    """Units of settings."""

    SECONDS = Sentences(en="seconds", es="segundos", ja="秒")
    MEGABYTES = Sentences(en="MB", es="MB", ja="MB")
    PAGES = Sentences(en="pages", es="páginas", ja="ページ")
    COLUMNS = Sentences(en="columns", es="columnas", ja="桁")
    PASSAGES = Sentences(en="passages", es="pasajes", ja="一節の数")
    CHARACTERS = Sentences(en="characters", es="caracteres", ja="文字")
    TOKENS = Sentences(en="tokens", es="tokens", ja="トークン")
    COUNT = Sentences(en="count", es="unidades", ja="個")
    PORT = Sentences(en="port", es="puerto", ja="ポート")


class Chosen(Words):
    """What was chosen for a comparison."""

    NONE = Sentences(en="none", es="ninguno", ja="なし")


class UsageError(KaedamaError):
    """The call itself is wrong."""


class UnknownSetting(UsageError):
    """An environment variable KAEDAMA_* that no setting has."""

    sentences = Sentences(
        en="There is no setting {name}. Did you mean {nearest}? The README lists all settings.",
        es="No existe el ajuste {name}. ¿Querías decir {nearest}? El README los enumera todos.",
        ja="設定{name}はありません。{nearest}の間違いではありませんか? すべての設定はREADMEにあります。",
    )


class InvalidSetting(UsageError):
    """A setting whose value cannot be read or is out of range."""

    sentences = Sentences(
        en="The setting {name} cannot be {value!r}: {detail}.",
        es="El ajuste {name} no puede ser {value!r}: {detail}.",
        ja="設定{name}に{value!r}は使えません: {detail}。",
    )


class EmptyQuestion(UsageError):
    """A question without a word in it."""

    sentences = Sentences(
        en="The question is empty. Type what you would like to know about your documents.",
        es="La pregunta está vacía. Escribe qué te gustaría saber de tus documentos.",
        ja="質問が空です。文書について知りたいことを入力してください。",
    )


class QuestionTooLong(UsageError):
    """A question longer than the limit."""

    sentences = Sentences(
        en=(
            "The question has {length:,} characters; at most {limit:,} are taken. Shorten it, or add the long text as a "
            "document and ask about that."
        ),
        es=(
            "La pregunta tiene {length:,} caracteres y se admiten {limit:,}. Acórtala, o añade el texto largo como documento "
            "y pregunta sobre él."
        ),
        ja=(
            "質問が{length:,}文字あります。上限は{limit:,}文字です。短くするか、長い文章は文書として追加してから質問してください。"
        ),
    )


class UnknownModelName(UsageError):
    """A model name that no backend understands."""

    sentences = Sentences(
        en="No model is called {name!r}. Known here: {known}. `python -m rag models` lists them.",
        es="Ningún modelo se llama {name!r}. Conocidos aquí: {known}. `python -m rag models` los enumera.",
        ja="{name!r}というモデルはありません。使えるもの: {known}。`python -m rag models`で一覧できます。",
    )


class ConsentNeeded(UsageError):
    """A model answers elsewhere, and the person has not yet said that something may go there."""

    sentences = Sentences(
        en=(
            "{name} answers at {place}: the question, the conversation so far and the passages found would leave this "
            "computer. Nothing was sent. Allow it first, or choose a model at home."
        ),
        es=(
            "{name} responde en {place}: la pregunta, la conversación y los pasajes hallados saldrían de este ordenador. No "
            "se ha enviado nada. Permítelo antes o elige un modelo en casa."
        ),
        ja=(
            "{name}は{place}で回答します。質問、これまでの会話、見つかった一節がこのコンピューターの外に出ます。"
            "まだ何も送信していません。先に許可するか、手元のモデルを選んでください。"
        ),
    )


class TooFewModels(UsageError):
    """A comparison of less than two models."""

    sentences = Sentences(
        en="A comparison needs two different models or more. Choose another one beside {chosen}.",
        es="Una comparación necesita dos modelos distintos o más. Elige otro además de {chosen}.",
        ja="比較には異なるモデルが2つ以上必要です。{chosen}のほかにもう1つ選んでください。",
    )


class NotebookNameEmpty(UsageError):
    """A notebook's name without a character that is seen."""

    sentences = Sentences(
        en="A notebook needs a name. Type one and try again.",
        es="Un cuaderno necesita un nombre. Escríbelo y prueba otra vez.",
        ja="ノートブックには名前が必要です。名前を入力してもう一度試してください。",
    )


class NotebookNameTaken(UsageError):
    """A name that another notebook has."""

    sentences = Sentences(
        en="There is a notebook called {name} already. Choose another name.",
        es="Ya hay un cuaderno llamado {name}. Elige otro nombre.",
        ja="{name}というノートブックは既にあります。別の名前にしてください。",
    )


class ConversationBusy(UsageError):
    """A question in a conversation whose last answer is still being made."""

    sentences = Sentences(
        en="The last question of this conversation is still being answered. Wait for it, or stop it first.",
        es="Aún se está respondiendo a la última pregunta de esta conversación. Espera a que termine o detenla primero.",
        ja="この会話の前の質問にまだ答えている途中です。終わるのを待つか、先に止めてください。",
    )
