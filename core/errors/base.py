"""The root of the errors: fields, a code, a sentence in three languages, and the way to JSON and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from core.sentences import Sentences, check_fields, fields_from, plain_fields


class KaedamaError(Exception):
    """Root of the tree. `fields` are the values of the sentence: text, numbers, paths and phrases.

    `str(error)` is the English sentence. Two errors are equal where class and fields are, as after JSON and back.

    Raises:
        TypeError: the fields are not exactly those of the sentence.
    """

    sentences: ClassVar[Sentences] = Sentences(
        en="Something went wrong: {detail}", es="Algo salió mal: {detail}", ja="問題が起きました: {detail}"
    )

    def __init__(self, **fields: object) -> None:
        check_fields(type(self).__name__, self.sentences, fields)
        super().__init__(self.sentences.format("en", fields))
        self.fields = fields

    @property
    def code(self) -> str:
        """The class's name, stable for programs that read events."""
        return type(self).__name__

    def sentence(self, language: str) -> str:
        """What went wrong and what to do, in "en", "es" or "ja"; in English for any other language."""
        return self.sentences.format(language, self.fields)

    def to_json(self) -> dict[str, object]:
        """{"code", "message": the English sentence, "fields"}, which `error_from` reads."""
        return {"code": self.code, "message": str(self), "fields": plain_fields(self.fields)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KaedamaError) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.code, str(self)))

    def __reduce__(self) -> tuple[object, ...]:
        return _made, (type(self), self.fields)


class Defect(KaedamaError):
    """What nobody foresaw: a fault of Kaedama itself. `detail` names the exception's class; the log has its traceback."""

    sentences = Sentences(
        en=(
            "This is a fault of Kaedama itself ({detail}). What had arrived is kept; the log has the details. Try again, and report it "
            "if it comes back."
        ),
        es=(
            "Es un fallo del propio Kaedama ({detail}). Se conserva lo recibido; el registro tiene los detalles. Prueba otra vez, y "
            "comunícalo si se repite."
        ),
        ja=(
            "Kaedama自身の不具合です({detail})。届いた分は残っており、詳細はログにあります。もう一度試し、繰り返すようなら報告して"
            "ください。"
        ),
    )


class StoredError(KaedamaError):
    """An error that another version of Kaedama kept and that this one has no class for; its code and English sentence as kept."""

    sentences = Sentences(en="{message}", es="{message}", ja="{message}")

    def __init__(self, *, code: str, message: str, kept: Mapping[str, object]) -> None:
        super().__init__(message=message)
        self._code = code
        self._kept = dict(kept)

    @property
    def code(self) -> str:
        """The code as kept."""
        return self._code

    def to_json(self) -> dict[str, object]:
        """As it was kept."""
        return {"code": self._code, "message": str(self), "fields": self._kept}

    def __reduce__(self) -> tuple[object, ...]:
        return error_from, (self._code, self._kept, str(self))


def error_from(code: str, fields: Mapping[str, object], message: str = "") -> KaedamaError:
    """The error that `to_json` turned into plain data: `error_from(**data)`.

    Where this version has no such class or it has other fields, a `StoredError` with the kept code and message.
    """
    for kind in classes():
        if kind.__name__ == code and kind is not StoredError:
            try:
                return kind(**fields_from(fields))
            except (TypeError, ValueError, AttributeError):
                break
    return StoredError(code=code, message=message or code, kept=fields)


def classes(root: type[KaedamaError] = KaedamaError) -> Iterator[type[KaedamaError]]:
    """All classes of the tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


def _made(kind: type[KaedamaError], fields: Mapping[str, object]) -> KaedamaError:
    return kind(**fields)
