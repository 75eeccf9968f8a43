"""An evaluation cannot be carried out. Its details are for whoever works on Kaedama, in English."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences


class MeasurementFailed(KaedamaError):
    """A measurement came to nothing."""

    sentences = Sentences(
        en="The measurement could not be made: {detail}.",
        es="No se pudo hacer la medición: {detail}.",
        ja="測定できませんでした: {detail}。",
    )
