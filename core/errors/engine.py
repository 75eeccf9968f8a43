"""What a model's engine cannot be given, or does not accept."""

from __future__ import annotations

from core.errors.model import ModelError
from core.sentences import Sentences


class ModelCannotSee(ModelError):
    """A picture in the messages for a model that is given text only."""

    sentences = Sentences(
        en="{name} cannot be given pictures. Ask without them, or choose a model that sees.",
        es="A {name} no se le pueden dar imágenes. Pregunta sin ellas, o elige un modelo que las vea.",
        ja="{name}に画像は渡せません。画像なしで質問するか、画像を読めるモデルを選んでください。",
    )


class ModelCannotHear(ModelError):
    """A sound in the messages for a model that is given text only."""

    sentences = Sentences(
        en="{name} cannot be given sound. Ask without it, or choose a model that hears.",
        es="A {name} no se le puede dar sonido. Pregunta sin él, o elige un modelo que oiga.",
        ja="{name}に音声は渡せません。音声なしで質問するか、音声を聞けるモデルを選んでください。",
    )


class ModelCannotAnswer(ModelError):
    """A model that makes vectors or pictures and no text."""

    sentences = Sentences(
        en="{name} gives no answers: it is made for something else, as for search. Choose another model.",
        es="{name} no responde preguntas: está hecho para otra cosa, como buscar. Elige otro modelo.",
        ja="{name}は質問に答えるモデルではありません(検索用など)。別のモデルを選んでください。",
    )


class ModelGone(ModelError):
    """The server has no model of a name that cannot be downloaded either."""

    sentences = Sentences(
        en="The model {name} is not in {engine}, and nobody offers it for download. Create it again, or choose another model.",
        es="El modelo {name} no está en {engine} y nadie lo ofrece para descargar. Créalo de nuevo, o elige otro modelo.",
        ja="モデル{name}は{engine}になく、配布もされていません。作り直すか、別のモデルを選んでください。",
    )


class ModelLoading(ModelError):
    """The server is there and still loads the model."""

    sentences = Sentences(
        en="{name} is still being loaded. Ask again in a minute, or choose another model.",
        es="{name} todavía se está cargando. Pregunta otra vez en un minuto, o elige otro modelo.",
        ja="{name}はまだ読み込み中です。しばらくしてもう一度質問するか、別のモデルを選んでください。",
    )


class ModelSignIn(ModelError):
    """The server hands the question on for people who are signed in only."""

    sentences = Sentences(
        en="{engine} answers with {name} only for those who are signed in. Sign in at {url} and ask again, or choose another model.",
        es="{engine} responde con {name} solo a quien ha iniciado sesión. Inicia sesión en {url} y pregunta otra vez, o elige otro modelo.",
        ja="{engine}で{name}を使うにはサインインが必要です。{url} でサインインしてもう一度質問するか、別のモデルを選んでください。",
    )


class ModelAddress(ModelError):
    """An address that is none."""

    sentences = Sentences(
        en="{url!r} is not an address of {engine}: it begins with http:// or https://, then host and port. Correct it and try again.",
        es="{url!r} no es una dirección de {engine}: empieza por http:// o https://, después servidor y puerto. Corrígela y prueba otra vez.",
        ja="{url!r}は{engine}のアドレスではありません。http:// か https:// で始め、ホストとポートを続けてください。",
    )


class ModelNonsense(ModelError):
    """Something else than the engine answers at its address."""

    sentences = Sentences(
        en="What answers at {url} is not {engine}. Check the address, stop the other program, or choose another model.",
        es="Lo que responde en {url} no es {engine}. Revisa la dirección, detén el otro programa, o elige otro modelo.",
        ja="{url}で応答しているのは{engine}ではありません。アドレスを確認するか、別のプログラムを止めるか、別のモデルを選んでください。",
    )


class ProxyUnusable(ModelError):
    """The environment names a proxy for a server elsewhere, and it does not answer or is none."""

    sentences = Sentences(
        en="{engine} is reached through the proxy {proxy}, which cannot be used. Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or add the "
        "server to NO_PROXY.",
        es="A {engine} se llega por el proxy {proxy}, que no se puede usar. Revisa HTTPS_PROXY, HTTP_PROXY y ALL_PROXY, o añade el "
        "servidor a NO_PROXY.",
        ja="{engine}へはプロキシ{proxy}を通りますが、使えません。HTTPS_PROXY、HTTP_PROXY、ALL_PROXYを確認するか、サーバーをNO_PROXYに加えて"
        "ください。",
    )
