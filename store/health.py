"""Whether a library is in order: a quick count of everything, or an examination of catalog, originals and both indexes against each other.

An examination needs no embedder, since the catalog has the vectors and their means, and changes nothing. `repair` makes both indexes anew
from the catalog; neither touches what only the catalog and the originals hold.
"""

from __future__ import annotations

import enum
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import EmbedderMismatch, LibraryDamaged, LibraryError, LibraryRemedy, LibraryState
from core.sentences import Phrase
from store.catalog import Catalog, Difference, EmbedderRecord
from store.files import Files
from store.search.centring import means_of
from store.search.chroma import Place
from store.search.dense import DenseIndex
from store.search.levelling import Levelling

if TYPE_CHECKING:
    import numpy as np

# Chunks whose words and vectors are compared, and originals that are read whole: a second or two in any library.
_SAMPLED = 200
# A graph of neighbours is searched by approximation: a passage that is nobody's near neighbour may be passed over though its vector is
# there. Up to this share of a sample that is no fault.
_PASSED_OVER = 0.02
# Names that a sentence lists.
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Health:
    """Counts that must agree: chunks in the catalog, in the dense index and in the lexical index.

    `stray` are chunks in the dense index of notebooks that the catalog does not know, `stray_files` originals of no document: they were
    found beside a catalog that had to be made new.
    """

    sources: int
    chunks: int
    dense: int
    lexical: int
    stray: int = 0
    stray_files: int = 0

    @property
    def level(self) -> bool:
        """Whether both indexes hold exactly the catalog's chunks."""
        return self.chunks == self.dense == self.lexical

    @property
    def lost(self) -> bool:
        """Whether an index or originals without their catalog were found."""
        return bool(self.stray or self.stray_files)


class Check(enum.StrEnum):
    """What is examined."""

    CATALOG = "catalog"
    ORIGINALS = "originals"
    WORDS = "words"
    VECTORS = "vectors"
    EMBEDDER = "embedder"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an examination found: `ok` where nothing has to be done, `helps` what does otherwise."""

    check: Check
    ok: bool
    said: Phrase | LibraryError
    helps: Phrase | None = None

    def sentence(self, language: str) -> str:
        """What was found and what helps, in "en", "es" or "ja"."""
        said = self.said.format_in(language) if isinstance(self.said, Phrase) else self.said.sentence(language)
        return said if self.helps is None else f"{said}{'。' if language == 'ja' else '. '}{self.helps.format_in(language)}"

    def to_json(self) -> dict[str, Any]:
        """{"check", "ok", "detail": the English sentence, "found" and "helps" as their own JSON}."""
        helps = self.helps.to_json() if self.helps else None
        return {"check": self.check, "ok": self.ok, "detail": self.sentence("en"), "found": self.said.to_json(), "helps": helps}


def examined(catalog: Catalog, dense: DenseIndex, files: Files) -> Health:
    """Count everything, in all notebooks."""
    collections = {catalog.notebooks.collection(notebook) for notebook in catalog.notebooks.everything()}
    return Health(
        catalog.documents.count(),
        catalog.chunks.count(),
        sum(map(dense.count, collections)),
        catalog.chunks.lexical_count(),
        dense.stray(collections),
        files.count() - len(catalog.documents.originals()) if catalog.found_without else 0,
    )


def _lost(dense: DenseIndex, collection: str, ids: Sequence[int], vectors: np.ndarray) -> set[int]:
    """Those of sampled chunks that the index lacks, holds with another vector, or that too many searches pass over."""
    unfound = set(ids) - dense.found_by_themselves(collection, ids, vectors)
    few = len(unfound) <= _PASSED_OVER * len(ids)
    return unfound - dense.holding(collection, ids, vectors) if few else unfound


class Examination:
    """An examination of one library whose catalog is open and whose dense index nobody else has open."""

    def __init__(self, catalog: Catalog, files: Files, place: Place, signature: str) -> None:
        """`signature` is that of the embedder that is configured."""
        self._catalog = catalog
        self._files = files
        self._place = place
        self._signature = signature

    def run(self) -> Iterator[Finding]:
        """Look at one thing after the other. Raises nothing of the library's errors: they are findings."""
        for check, look in (
            (Check.CATALOG, self._look_at_catalog),
            (Check.ORIGINALS, self._look_at_originals),
            (Check.WORDS, self._look_at_words),
            (Check.EMBEDDER, self._look_at_embedder),
            (Check.VECTORS, self._look_at_vectors),
        ):
            try:
                yield from look()
            except LibraryError as error:
                yield Finding(check, ok=False, said=error)

    def _look_at_catalog(self) -> Iterator[Finding]:
        inspection = self._catalog.inspection
        faults = [
            Finding(Check.CATALOG, ok=False, said=LibraryDamaged(directory=self._catalog.directory, detail=text))
            for text in inspection.integrity()
        ]
        broken = inspection.broken_references()
        if broken:
            faults.append(
                Finding(Check.CATALOG, ok=False, said=LibraryState.REFERENCES(count=broken), helps=LibraryRemedy.RESTORE())
            )
        faults += [
            Finding(Check.CATALOG, ok=False, said=one.words(count=one.count), helps=LibraryRemedy.RESTORE())
            for one in inspection.disagreements()
        ]
        yield from faults
        if not faults:
            counts = LibraryState.CATALOG_WHOLE(documents=self._catalog.documents.count(), passages=self._catalog.chunks.count())
            yield Finding(Check.CATALOG, ok=True, said=counts)

    def _look_at_originals(self) -> Iterator[Finding]:
        known, there = self._catalog.documents.originals(), self._files.hashes()
        missing, loose = known - there, there - known
        if missing:
            yield self._about_originals(LibraryState.ORIGINALS_MISSING, missing)
        if loose and not self._catalog.found_without:
            said = LibraryState.ORIGINALS_LOOSE(count=len(loose))
            yield Finding(Check.ORIGINALS, ok=False, said=said, helps=LibraryRemedy.REPAIR())
        present = sorted(known & there)
        sample = random.sample(present, min(_SAMPLED, len(present)))
        changed = {sha256 for sha256 in sample if not self._files.is_whole(sha256)}
        if changed:
            yield self._about_originals(LibraryState.ORIGINALS_CHANGED, changed)
        if not missing and not changed:
            yield Finding(Check.ORIGINALS, ok=True, said=LibraryState.ORIGINALS_WHOLE(count=len(known), sampled=len(sample)))

    def _about_originals(self, words: LibraryState, hashes: set[str]) -> Finding:
        names = self._catalog.documents.names_of(sorted(hashes)[:_LISTED])
        said = words(count=len(hashes), names=", ".join(names))
        return Finding(Check.ORIGINALS, ok=False, said=said, helps=LibraryRemedy.READ_AGAIN())

    def _look_at_words(self) -> Iterator[Finding]:
        inspection, helps = self._catalog.inspection, LibraryRemedy.REPAIR()
        try:
            inspection.check_words()
        except LibraryDamaged as error:
            said = LibraryState.WORDS_DAMAGED(detail=error.fields["detail"])
            yield Finding(Check.WORDS, ok=False, said=said, helps=helps)
            return
        if inspection.words_outdated():
            yield Finding(Check.WORDS, ok=True, said=LibraryState.WORDS_OUTDATED())
            return
        difference = inspection.words_difference()
        sample = inspection.sample(_SAMPLED)
        changed = inspection.words_changed(sample)
        if difference != Difference(0, 0):
            said = LibraryState.WORDS_DIFFER(missing=difference.missing, extra=difference.extra)
            yield Finding(Check.WORDS, ok=False, said=said, helps=helps)
        if changed:
            said = LibraryState.WORDS_CHANGED(sampled=len(sample), count=len(changed))
            yield Finding(Check.WORDS, ok=False, said=said, helps=helps)
        if difference == Difference(0, 0) and not changed:
            said = LibraryState.WORDS_LEVEL(passages=self._catalog.chunks.count(), sampled=len(sample))
            yield Finding(Check.WORDS, ok=True, said=said)

    def _look_at_embedder(self) -> Iterator[Finding]:
        record = self._catalog.vectors.embedder()
        if record is None:
            yield Finding(Check.EMBEDDER, ok=True, said=LibraryState.NO_VECTORS())
            return
        if record.signature != self._signature:
            error = EmbedderMismatch(directory=self._catalog.directory, found=record.signature, wanted=self._signature)
            yield Finding(Check.EMBEDDER, ok=False, said=error)
        missing = self._catalog.inspection.without_vector(record.signature)
        wrong = self._catalog.inspection.of_wrong_size(record.signature, record.dimension)
        helps = LibraryRemedy.RE_EMBED()
        if missing:
            yield Finding(Check.EMBEDDER, ok=False, said=LibraryState.VECTORS_MISSING(count=missing), helps=helps)
        if wrong:
            said = LibraryState.VECTORS_SIZE(count=wrong, dimension=record.dimension)
            yield Finding(Check.EMBEDDER, ok=False, said=said, helps=helps)
        if record.signature == self._signature and not missing and not wrong:
            said = LibraryState.EMBEDDER(signature=record.signature, dimension=record.dimension)
            yield Finding(Check.EMBEDDER, ok=True, said=said)
        beside = self._catalog.vectors.beside()
        if beside is not None:
            total = self._catalog.inspection.contents()
            done = total - self._catalog.inspection.contents_without_vector(beside.key)
            said = LibraryState.BESIDE(done=done, total=total, signature=beside.record.signature)
            yield Finding(Check.EMBEDDER, ok=True, said=said, helps=LibraryRemedy.RE_EMBED())

    # The dense index

    def _look_at_vectors(self) -> Iterator[Finding]:
        record = self._catalog.vectors.embedder()
        means = means_of(record)
        dense = DenseIndex(self._place, record.tag if record else "")
        try:
            yield from self._look_for_lost(dense)
            pending = self._catalog.chunks.pending()
            if pending:
                yield Finding(Check.VECTORS, ok=True, said=LibraryState.PENDING(count=len(pending)))
            if record is None or means is None or not self._place.made() or dense.outdated():
                if self._catalog.chunks.count():
                    yield Finding(Check.VECTORS, ok=True, said=LibraryState.INDEX_NOT_MADE())
                return
            yield from self._compare(dense, record, Levelling(self._catalog, dense, means, record.signature))
        finally:
            dense.close()

    def _look_for_lost(self, dense: DenseIndex) -> Iterator[Finding]:
        """An index or originals whose catalog is missing; else collections that nobody needs."""
        keys = self._catalog.notebooks.collections()
        waiting = {one.collection for one in self._catalog.chunks.pending() if one.action == "drop"}
        if self._catalog.found_without:
            strays = dense.stray_everywhere(keys) if self._place.made() else 0
            files = len(self._files.hashes() - self._catalog.documents.originals())
            if strays or files:
                said = LibraryState.FOUND_WITHOUT(passages=strays, originals=files, directory=self._catalog.directory)
                yield Finding(Check.CATALOG, ok=False, said=said, helps=LibraryRemedy.PUT_BACK())
        elif self._place.made():
            loose = dense.loose(keys | waiting, self._catalog.vectors.tags())
            if loose:
                said = LibraryState.INDEX_LOOSE(count=loose)
                yield Finding(Check.VECTORS, ok=False, said=said, helps=LibraryRemedy.REPAIR())

    def _compare(self, dense: DenseIndex, record: EmbedderRecord, levelling: Levelling) -> Iterator[Finding]:
        pending = self._catalog.chunks.pending()
        dropped = {one.collection for one in pending if one.action == "drop"}
        told = {one.chunk for one in pending}
        missing = extra = sampled = 0
        lost: set[int] = set()
        for notebook in self._catalog.notebooks.everything():
            collection = self._catalog.notebooks.collection(notebook)
            if collection in dropped:
                continue
            wanted, there = set(self._catalog.chunks.ids(notebook)), dense.ids(collection)
            bare = self._catalog.inspection.bare_among(sorted(wanted - there), record.signature)  # told of already
            missing, extra = missing + len(wanted - there - told - bare), extra + len(there - wanted - told)
            if not there:
                continue
            others = dense.dimensions(collection) - {record.dimension}
            if others:
                said = LibraryState.INDEX_SIZE(found=min(others), wanted=record.dimension)
                yield Finding(Check.VECTORS, ok=False, said=said, helps=LibraryRemedy.REPAIR())
                return
            common = sorted(wanted & there - told)
            records = self._catalog.chunks.records(random.sample(common, min(_SAMPLED, len(common))))
            sampled += len(records)
            if records:
                ids = [one.id for one in records]
                lost |= _lost(dense, collection, ids, levelling.centred(records))
        if missing or extra:
            said = LibraryState.INDEX_DIFFERS(missing=missing, extra=extra)
            yield Finding(Check.VECTORS, ok=False, said=said, helps=LibraryRemedy.REPAIR())
        if lost:
            said = LibraryState.INDEX_LOST(sampled=sampled, count=len(lost))
            yield Finding(Check.VECTORS, ok=False, said=said, helps=LibraryRemedy.REPAIR())
        if not (missing or extra or lost):
            said = LibraryState.VECTORS_LEVEL(passages=self._catalog.chunks.count(), sampled=sampled)
            yield Finding(Check.VECTORS, ok=True, said=said)

    # Making whole

    def repair(self) -> Finding:
        """Make both indexes anew from the catalog, and remove originals, vectors and collections that belong to nothing.

        Where an index or originals were found without their catalog, the originals stay. Raises LibraryError.
        """
        begun = time.monotonic()
        passages = self._catalog.inspection.rebuild_words()
        self._catalog.inspection.remove_loose_vectors()
        if not self._catalog.found_without:
            self._files.sweep(self._catalog.documents.originals())
        record = self._catalog.vectors.embedder()
        means = means_of(record)
        dense = DenseIndex(self._place, record.tag if record else "")
        try:
            dense.clear_all()
            self._catalog.chunks.told(self._catalog.chunks.pending())
            if record is not None and means is not None:
                self._catalog.vectors.remove_unusable(record)
                levelling = Levelling(self._catalog, dense, means, record.signature)
                for notebook in self._catalog.notebooks.everything():
                    levelling.compare(notebook)
        finally:
            dense.close()
        seconds = time.monotonic() - begun
        return Finding(Check.REPAIR, ok=True, said=LibraryState.REPAIRED(passages=passages, seconds=seconds))
