"""GGUF files from the Hugging Face hub, fetched only when a person names one: `hf:OWNER/REPO`, with `:FILE.gguf` or `:QUANT` behind it.

The hub is asked for the list of a repository's files and for one of them, nothing else; no word of a document is ever sent. The library
huggingface_hub is not used (docs/decisions.md, 11). What is there already is used without asking anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import filelock
import httpx

from core.addresses import is_home
from core.background import SilenceError, run
from core.errors import (
    DownloadFailed,
    DownloadFault,
    DownloadInterrupted,
    FileFault,
    GgufFault,
    ModelError,
    ModelFileDamaged,
    ModelGated,
    ModelNotPublished,
    ModelUnreachable,
    NoGgufFile,
    Remedy,
    UnknownModelName,
)
from core.sentences import Phrase
from core.settings import Settings
from rag.models.proxies import checked, unreached
from rag.models.pulling import Pulling
from rag.models.wire import certificates

PREFIX = "hf:"
FORM = "llamacpp:hf:OWNER/REPO[:QUANT or :FILE.gguf][?lora=FILE]"
ENGINE = "Hugging Face"
_NAME = re.compile(r"hf:(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?::(?P<wish>[^:?]+))?")
# Four bits with mixed blocks lose hardly anything and need least memory; the plain four bits are the next best.
_USUAL = ("Q4_K_M", "Q4_0")
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
# Parts of a model that are no model: the projector for pictures, and statistics for quantising.
_NO_MODEL = re.compile(r"mmproj|imatrix", re.IGNORECASE)
# The hub's list of files comes within a second; a stalled transfer is given up, and goes on where it was when asked again.
_LIST_TIMEOUT_S = 30.0
SILENCE_S = 60.0
# How often progress is told, in seconds: as often as a bar that moves smoothly needs.
_TELL_S = 0.2
# Bytes read at once to compute a checksum.
_BLOCK = 1 << 22
# So much stays free on the disk beside the file, in bytes.
_MARGIN = 200_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository of the hub, and which of its files: a file's name, a quantisation, or "" for the usual one."""

    repo: str
    wish: str

    @property
    def name(self) -> str:
        """As it is written after `llamacpp:`."""
        return f"{PREFIX}{self.repo}" + (f":{self.wish}" if self.wish else "")

    def folder(self, settings: Settings) -> Path:
        """Where its files are kept."""
        return settings.models / "hub" / self.repo


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository: its path there, its size in bytes, and its checksum, SHA-256 or, for small ones, git's."""

    path: str
    size: int
    digest: str
    git: bool = False


def wanted(name: str) -> Wanted:
    """Read `hf:OWNER/REPO[:WISH]`. Raises UnknownModelName."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise UnknownModelName(name=f"llamacpp:{name}", known=FORM)
    return Wanted(match["repo"], match["wish"] or "")


def named(model: str) -> Wanted | None:
    """The file of the hub that a model's name asks for (`llamacpp:hf:...` with or without options, `hf:...`), None for other models.

    Raises:
        UnknownModelName: it asks for one, but not as the hub has them.
    """
    bare = model.removeprefix("llamacpp:").partition("?")[0]
    return wanted(bare) if bare.startswith(PREFIX) else None


def present(want: Wanted, settings: Settings) -> Path | None:
    """The file that fits among those that were fetched before, by the same rule as on the hub; nobody is asked."""
    folder = want.folder(settings)
    files = [HubFile(path.relative_to(folder).as_posix(), path.stat().st_size, "") for path in sorted(folder.rglob("*.gguf"))]
    with contextlib.suppress(NoGgufFile):
        return folder / choose(files, want).path
    return None


def fetched(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Names and paths of all files that were fetched before."""
    root = settings.models / "hub"
    for path in sorted(root.rglob("*.gguf")):
        owner, repo, *inner = path.relative_to(root).parts
        if inner:
            yield f"{PREFIX}{owner}/{repo}:{'/'.join(inner)}", path


def obtain(want: Wanted, settings: Settings) -> Path:
    """The file, fetched if it is not there yet. Raises as `fetch`."""
    path = present(want, settings)
    if path is None:
        for _ in fetch(want, settings):
            pass
        path = present(want, settings)
        assert path is not None, "a fetch that ends without an error has brought the file"
    return path


def get(want: Wanted, settings: Settings, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Pulling]:
    """As `fetch`, but where the file is there already nobody is asked."""
    path = present(want, settings)
    if path is None:
        yield from fetch(want, settings, cancelled=cancelled)
    else:
        yield Pulling(want.name, "success", path.stat().st_size, path.stat().st_size)


def fetch(
    want: Wanted, settings: Settings, *, cancelled: Callable[[], bool] = lambda: False, silence_s: float = SILENCE_S
) -> Iterator[Pulling]:
    """Fetch the file from the hub, going on where an earlier download ended; it takes its name only once its checksum is right.

    Ends early, and quietly, once `cancelled` says so; what had arrived is kept.

    Raises:
        ModelUnreachable: the hub does not answer.
        ModelNotPublished, ModelGated, NoGgufFile: there is no such repository, one must be let in, it has no file that fits.
        DownloadFailed, DownloadInterrupted, ModelFileDamaged: the disk is full, the line broke, the checksum is wrong.
    """
    yield Pulling(want.name, "asking the hub", 0, 0)
    revision, files = _listed(want, settings)
    file = choose(files, want)
    target = want.folder(settings) / file.path
    part = target.with_name(f".{file.digest[:16]}.part")  # another version of the file gets another name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{part}.lock", timeout=0):
            yield from _transfer(want, settings, revision, file, part, cancelled, silence_s)
            if cancelled() and _size(part) < file.size:
                return
            yield Pulling(want.name, "computing the checksum", file.size, file.size)
            _check(part, file, target)
    except filelock.Timeout:
        raise DownloadFailed(name=want.name, detail=DownloadFault.ELSEWHERE()) from None
    except OSError as error:
        detail = DownloadFault.SYSTEM(detail=error.strerror or str(error), directory=target.parent)
        raise DownloadFailed(name=want.name, detail=detail) from error
    Path(f"{part}.lock").unlink(missing_ok=True)
    yield Pulling(want.name, "success", file.size, file.size)


def choose(files: Sequence[HubFile], want: Wanted) -> HubFile:
    """The file that is meant: by name, by quantisation, else Q4_K_M, Q4_0, the smallest. Raises NoGgufFile."""
    every = [file for file in files if file.path.lower().endswith(".gguf") and not _NO_MODEL.search(file.path)]
    whole = [file for file in every if not _SPLIT.search(file.path)]
    if want.wish.lower().endswith(".gguf"):
        found = [file for file in every if file.path == want.wish]
    else:
        found = next(filter(None, (_quantised(every, quant) for quant in ([want.wish] if want.wish else _USUAL))), [])
        found = found or ([] if want.wish else whole or every)
    fitting = [file for file in found if file in whole]
    if not fitting:
        raise NoGgufFile(name=want.name, detail=_why_not(every, found, want))
    return min(fitting, key=lambda file: (file.size, file.path))


def _quantised(files: Sequence[HubFile], quant: str) -> list[HubFile]:
    """The files whose name has this word, so that Q4_K is not Q4_K_M."""
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(quant)}(?![A-Za-z0-9_])", re.IGNORECASE)
    return [file for file in files if word.search(PurePosixPath(file.path).name)]


def _why_not(every: Sequence[HubFile], found: Sequence[HubFile], want: Wanted) -> Phrase:
    if found:
        return GgufFault.PART(file=found[0].path)
    if not every:
        return GgufFault.NONE()
    return GgufFault.OTHERS(wish=want.wish, files=", ".join(file.path for file in every[:20]))


# The hub's wire


def _listed(want: Wanted, settings: Settings) -> tuple[str, list[HubFile]]:
    """The commit that is current, and its files."""
    url = f"{_base(settings)}/api/models/{want.repo}"
    timeout = httpx.Timeout(_LIST_TIMEOUT_S, connect=settings.connect_timeout_s)
    near = is_home(url)
    client = checked(
        lambda: httpx.Client(timeout=timeout, trust_env=not near, verify=certificates(), follow_redirects=True),
        engine=ENGINE,
        url=url,
    )
    try:
        with client:
            reply = client.get(url, params={"blobs": "true"}, headers=_headers(settings))
        if reply.status_code != 200:
            raise _refusal(want, settings, reply)
        told = reply.json()
        return str(told["sha"]), [file for file in map(_file, told["siblings"]) if file is not None]
    except httpx.TransportError as error:
        absent = ModelUnreachable(engine=ENGINE, url=settings.hub_url)
        raise unreached(error, absent, engine=ENGINE, url=url, near=near) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadFailed(name=want.name, detail=DownloadFault.NO_HUB(url=settings.hub_url)) from error


def _file(row: dict[str, Any]) -> HubFile | None:
    path = str(row["rfilename"])
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path or ":" in path:
        return None  # a name that would lead out of our folder
    large = row.get("lfs")
    if large:
        return HubFile(path, int(large["size"]), str(large["sha256"]))
    return HubFile(path, int(row.get("size") or 0), str(row.get("blobId") or ""), git=True)


def _base(settings: Settings) -> str:
    return settings.hub_url.rstrip("/")


def _headers(settings: Settings) -> dict[str, str]:
    return {"User-Agent": "kaedama"} | ({"Authorization": f"Bearer {settings.hub_token}"} if settings.hub_token else {})


def _refusal(want: Wanted, settings: Settings, reply: httpx.Response) -> ModelError:
    """The error of ours. Without a token the hub answers 401 for what does not exist as for what is not open to everybody."""
    if reply.status_code in (401, 403):
        return ModelGated(name=want.repo, url=f"{_base(settings)}/{want.repo}")
    if reply.status_code == 404:
        return ModelNotPublished(name=want.name, where=f"{_base(settings)}/models?library=gguf")
    return DownloadFailed(name=want.name, detail=DownloadFault.STATUS(status=reply.status_code))


def _transfer(
    want: Wanted,
    settings: Settings,
    revision: str,
    file: HubFile,
    part: Path,
    cancelled: Callable[[], bool],
    silence_s: float,
) -> Iterator[Pulling]:
    """Bring the part to its full size."""
    done = _size(part)
    if done > file.size:
        part.unlink()
        done = 0
    free = shutil.disk_usage(part.parent).free
    if file.size - done + _MARGIN > free:
        needed = DownloadFault.NO_ROOM(needed_gb=(file.size - done) / 1e9, free_gb=free / 1e9, directory=part.parent)
        raise DownloadFailed(name=want.name, detail=needed)
    if done == file.size:
        return
    url = f"{_base(settings)}/{want.repo}/resolve/{quote(revision)}/{quote(file.path)}"
    try:
        for size in run(
            lambda stop: _pieces(url, want, settings, part, done), first_s=silence_s, between_s=silence_s, cancelled=cancelled
        ):
            yield Pulling(want.name, f"fetching {file.path}", min(size, file.size), file.size)
    except SilenceError as silence:
        detail = DownloadFault.SILENT(server=ENGINE, seconds=silence.limit_s)
        raise DownloadInterrupted(name=want.name, detail=detail) from None
    except httpx.TransportError as error:
        if not done and not _size(part):
            raise ModelUnreachable(engine=ENGINE, url=settings.hub_url) from error
        raise DownloadInterrupted(name=want.name, detail=DownloadFault.CONNECTION_LOST()) from error
    if not cancelled() and _size(part) < file.size:
        raise DownloadInterrupted(name=want.name, detail=DownloadFault.SHORT())


async def _pieces(url: str, want: Wanted, settings: Settings, part: Path, done: int) -> AsyncIterator[int]:
    """Write what comes behind what is there; now and then, and at the end, the size of the part in bytes."""
    headers = _headers(settings) | ({"Range": f"bytes={done}-"} if done else {})
    timeout = httpx.Timeout(None, connect=settings.connect_timeout_s)
    # Redirects lead to the hub's storage; httpx leaves the token behind where the host is another.
    near = is_home(url)
    client = checked(
        lambda: httpx.AsyncClient(timeout=timeout, trust_env=not near, verify=certificates(), follow_redirects=True),
        engine=ENGINE,
        url=url,
    )
    async with client, client.stream("GET", url, headers=headers | {"Accept-Encoding": "identity"}) as reply:
        if reply.status_code not in (200, 206):
            raise _refusal(want, settings, reply)
        with part.open("ab" if reply.status_code == 206 else "wb") as out:
            told = 0.0
            async for piece in reply.aiter_bytes():
                out.write(piece)
                if time.monotonic() - told > _TELL_S:
                    told = time.monotonic()
                    yield out.tell()
            yield out.tell()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check(part: Path, file: HubFile, target: Path) -> None:
    """Give the part its name if its checksum is the hub's, else take it away. Raises ModelFileDamaged."""
    digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False) if file.git else hashlib.sha256()
    with part.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != file.digest:
        part.unlink()
        raise ModelFileDamaged(path=target, detail=FileFault.HUB_CHECKSUM(), remedy=Remedy.FETCH_AGAIN())
    part.replace(target)
