"""No answer, or half of one: servers, windows, keys, quotas."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences, Words


class Phase(Words):
    """What a model was doing when it fell silent."""

    READING = Sentences(en="reading the passages", es="leyendo los pasajes", ja="一節を読んでいる間")
    WRITING = Sentences(en="writing", es="escribiendo", ja="書いている間")


class ModelFault(Words):
    """Why an answer broke off or did not come."""

    NO_TEXT = Sentences(en="it gave no text", es="no dio ningún texto", ja="テキストが返りませんでした")
    STREAM_CUT = Sentences(
        en="the stream ended without its last line",
        es="la respuesta llegó sin su última línea",
        ja="応答が最後まで届きませんでした",
    )
    CONNECTION_LOST = Sentences(
        en="the connection to {engine} was lost",
        es="se perdió la conexión con {engine}",
        ja="{engine}との接続が切れました",
    )
    GARBLED = Sentences(
        en="{engine} sent a garbled line",
        es="{engine} envió una línea ilegible",
        ja="{engine}から壊れた応答が届きました",
    )
    MEMORY = Sentences(
        en="it needs {needed_gb:.1f} GB and more, {free_gb:.1f} GB are free",
        es="necesita {needed_gb:.1f} GB o más y hay {free_gb:.1f} GB libres",
        ja="{needed_gb:.1f} GB以上必要ですが、空きは{free_gb:.1f} GBです",
    )


class ModelError(KaedamaError):
    """No answer, or half of one."""


class ModelUnavailable(ModelError):
    """The server that runs the model is not there."""

    sentences = Sentences(
        en="{engine} does not answer at {url}. Start it ({start}) and ask again, or choose another model.",
        es="{engine} no responde en {url}. Arráncalo ({start}) y pregunta otra vez, o elige otro modelo.",
        ja="{engine}が{url}で応答しません。起動して({start})もう一度質問するか、別のモデルを選んでください。",
    )


class ModelMissing(ModelError):
    """The server is there but does not have the model."""

    sentences = Sentences(
        en="The model {name} is not installed. Get it with `{command}`, or choose another model.",
        es="El modelo {name} no está instalado. Consíguelo con `{command}`, o elige otro modelo.",
        ja="モデル{name}は入っていません。`{command}`で入れるか、別のモデルを選んでください。",
    )


class ModelRefused(ModelError):
    """The model's engine answered with an error of its own."""

    sentences = Sentences(
        en="{name} could not answer: {detail}. Ask again, or choose another model.",
        es="{name} no pudo responder: {detail}. Pregunta otra vez, o elige otro modelo.",
        ja="{name}は回答できませんでした: {detail}。もう一度質問するか、別のモデルを選んでください。",
    )


class ModelInterrupted(ModelError):
    """The stream ended before the answer did; what had come is kept."""

    sentences = Sentences(
        en="The answer of {name} broke off in the middle ({detail}). What had arrived is kept; ask again for the rest.",
        es="La respuesta de {name} se cortó a la mitad ({detail}). Se conserva lo recibido; pregunta otra vez para el resto.",
        ja="{name}の回答が途中で切れました({detail})。届いた分は残っています。続きはもう一度質問してください。",
    )


class ModelTimedOut(ModelError):
    """The model stayed silent for longer than the limit."""

    sentences = Sentences(
        en="{name} was silent for {limit_s:.0f} s while {phase}. It may be overloaded: ask again, or raise {setting}.",
        es=(
            "{name} estuvo {limit_s:.0f} s sin responder ({phase}). Puede estar sobrecargado: pregunta otra vez, o sube {setting}."
        ),
        ja=(
            "{name}から{limit_s:.0f}秒間応答がありませんでした({phase})。混み合っているかもしれません。もう一度質問するか、"
            "{setting}を上げてください。"
        ),
    )


class ContextOverflow(ModelError):
    """The prompt does not fit the model's window."""

    sentences = Sentences(
        en="The question and its passages need {needed:,} tokens, but {name} takes {window:,}. Ask with fewer passages (-k).",
        es=(
            "La pregunta y sus pasajes necesitan {needed:,} tokens, pero {name} admite {window:,}. Pregunta con menos pasajes (-k)."
        ),
        ja=(
            "質問と一節には{needed:,}トークン必要ですが、{name}が読めるのは{window:,}トークンまでです。"
            "一節を減らして質問してください(-k)。"
        ),
    )


class ModelBusy(ModelError):
    """The server is there but has too much to do."""

    sentences = Sentences(
        en="{name} has too much to do at the moment ({detail}). Ask again in a minute, or choose another model.",
        es="{name} tiene ahora demasiado trabajo ({detail}). Pregunta otra vez en un minuto, o elige otro modelo.",
        ja="{name}は今混み合っています({detail})。しばらくしてもう一度質問するか、別のモデルを選んでください。",
    )


class ModelQuota(ModelError):
    """The allowance of a remote model is used up; `delay_s` is when the server says to come back."""

    sentences = Sentences(
        en="The quota for {name} is used up for now. Ask again in {delay_s:.0f} s, or choose another model.",
        es="La cuota de {name} está agotada por ahora. Pregunta otra vez en {delay_s:.0f} s, o elige otro modelo.",
        ja="{name}の利用枠を使い切りました。{delay_s:.0f}秒後にもう一度質問するか、別のモデルを選んでください。",
    )


class ModelBlocked(ModelError):
    """The provider's filter held back the question or the answer."""

    sentences = Sentences(
        en=(
            "The safety filter of {name} held the answer back ({reason}). Put the question in other words, leave out the "
            "document in question, or choose a model at home."
        ),
        es=(
            "El filtro de seguridad de {name} retuvo la respuesta ({reason}). Formula la pregunta de otro modo, quita el "
            "documento afectado, o elige un modelo local."
        ),
        ja=(
            "{name}の安全フィルターが回答を止めました({reason})。質問を言い換えるか、該当する文書を外すか、"
            "手元のモデルを選んでください。"
        ),
    )


class ModelCannotThink(ModelError):
    """The server says that the model has no thinking."""

    sentences = Sentences(
        en="{name} cannot think before it answers. Switch thinking off and ask again.",
        es="{name} no puede razonar antes de responder. Desactiva el razonamiento y pregunta otra vez.",
        ja="{name}は回答の前に考えることができません。思考をオフにして、もう一度質問してください。",
    )


class ModelMemory(ModelError):
    """The model does not fit into memory."""

    sentences = Sentences(
        en="{name} does not fit into the memory ({detail}). Close other programs, or choose a smaller model.",
        es="{name} no cabe en la memoria ({detail}). Cierra otros programas, o elige un modelo más pequeño.",
        ja="{name}はメモリーに収まりません({detail})。ほかのプログラムを閉じるか、小さいモデルを選んでください。",
    )


class ModelKeyMissing(ModelError):
    """A remote model without a key."""

    sentences = Sentences(
        en="{engine} needs a key. Set {setting} and start Kaedama again, or choose another model.",
        es="{engine} necesita una clave. Define {setting} y arranca Kaedama de nuevo, o elige otro modelo.",
        ja="{engine}にはキーが必要です。{setting}を設定してKaedamaを起動し直すか、別のモデルを選んでください。",
    )


class ModelKeyRejected(ModelError):
    """The provider does not accept the key."""

    sentences = Sentences(
        en="{engine} does not accept the key ({detail}). Check {setting}, or choose another model.",
        es="{engine} no acepta la clave ({detail}). Revisa {setting}, o elige otro modelo.",
        ja="{engine}がキーを受け付けません({detail})。{setting}を確認するか、別のモデルを選んでください。",
    )


class ModelUnreachable(ModelError):
    """A server that is not this machine's to start does not answer."""

    sentences = Sentences(
        en="{engine} cannot be reached at {url}. Check the network connection and the address, or choose another model.",
        es="No se puede llegar a {engine} en {url}. Revisa la conexión y la dirección, o elige otro modelo.",
        ja="{engine}に{url}で接続できません。ネットワークとアドレスを確認するか、別のモデルを選んでください。",
    )


class ModelNotServed(ModelError):
    """The server is there, but serves no model of this name."""

    sentences = Sentences(
        en="{engine} at {url} has no model {name}. `python -m rag models` lists those that can be used; choose one of them.",
        es="{engine} en {url} no tiene el modelo {name}. `python -m rag models` enumera los que se pueden usar; elige uno.",
        ja="{url}の{engine}に{name}というモデルはありません。`python -m rag models`で使えるものを確認してください。",
    )
