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
