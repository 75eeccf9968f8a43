"""The page's own routes: pictures of pages, and originals to keep. Documents, versions and pages are numbers; no name or path is taken.

Only pixels that a worker has drawn are shown: an original is never opened in the page, it is saved as a file of no type.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import DocumentError, LibraryError
from service.app import Application
from service.pictures import MOST_WIDTH
from ui.locale import pick_language

# What a document holds is not left in the browser's cache: it may be deleted here.
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_USUAL_WIDTH = 1_200
# Numbers that a row of SQLite can have.
_MOST = 2**63 - 1


class _Number(IntegerConvertor):
    """A number of at most 40 digits: Python raises ValueError on one of thousands."""

    regex = "[0-9]{1,40}"


register_url_convertor("number", _Number())


def picture_address(document: int, version: int, page: int) -> str:
    """Where the picture of a page is; `?width=` and a number of pixels may follow."""
    return f"/places/{document:d}/{version:d}/{page:d}/picture"


def original_address(document: int, version: int) -> str:
    """Where the file is that a version of a document was read from."""
    return f"/places/{document:d}/{version:d}/original"


def routes(application: Application) -> list[Route]:
    """The routes over an application; who asks was checked before."""
    places = application.places

    async def picture(request: Request) -> Response:
        document, version, page = _numbers(request, "document", "version", "page")
        width = request.query_params.get("width", "")
        wanted = min(int(width), MOST_WIDTH) if width.isascii() and width.isdecimal() and len(width) < 8 else _USUAL_WIDTH
        try:
            png = await run_in_threadpool(places.picture, document, version, page, wanted)
        except (DocumentError, LibraryError) as error:
            return _refused(request, error)
        return Response(png, media_type="image/png", headers=_HEADERS)

    async def original(request: Request) -> Response:
        document, version = _numbers(request, "document", "version")
        try:
            found = await run_in_threadpool(places.original, document, version)
        except LibraryError as error:
            return _refused(request, error)
        name = PurePosixPath(found.name).name
        return FileResponse(found.path, headers=_HEADERS, media_type="application/octet-stream", filename=name)

    return [
        Route("/places/{document:number}/{version:number}/{page:number}/picture", picture, methods=["GET"]),
        Route("/places/{document:number}/{version:number}/original", original, methods=["GET"]),
    ]


def _numbers(request: Request, *names: str) -> tuple[int, ...]:
    return tuple(min(int(request.path_params[name]), _MOST) for name in names)


def _refused(request: Request, error: DocumentError | LibraryError) -> Response:
    sentence = error.sentence(pick_language(request.headers.get("accept-language", "")))
    return PlainTextResponse(sentence, status_code=404, headers=_HEADERS)
