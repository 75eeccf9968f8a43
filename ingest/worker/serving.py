"""What a worker does with a request: parse a file, render a page of it, recognise the text of a picture."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO, Any

from core.errors import DocumentError, DocumentFault, PageMissing, ParserFailed
from core.sentences import Phrase
from ingest.formats import format_of
from ingest.parsers.limits import Limits
from ingest.recognition import Allowance, Picture, Recognised
from ingest.worker import frames

# Pictures that are with the pool at a time, for each worker that recognises: one being worked on, one waiting.
_AHEAD = 2
# How often the pool is told of pages that are done: nobody sees more.
_TELL_S = 0.1


class Server:
    """Serves one pool.

    Args:
        settings: limits by name, and how many pictures are recognised at a time (0: none can be).
        requests: frames from the pool.
        answers: frames to it.
    """

    def __init__(self, settings: dict[str, Any], requests: IO[bytes], answers: IO[bytes]) -> None:
        self._settings = settings
        self._requests = requests
        self._answers = answers
        self._data = b""
        self._told = 0.0
        self._limits = Limits(
            settings["max_pages"],
            settings["max_text_mb"],
            max_unpacked_mb=settings["max_unpacked_mb"],
            max_nesting=settings["max_nesting"],
            max_picture_mpx=settings["max_picture_mpx"],
            ocr_timeout_s=settings["ocr_timeout_s"],
            recognise=self._recognise if settings["recognisers"] else None,
        )

    def serve(self) -> None:
        """Answer requests until the pipe is closed. The last file stays: further requests may be about it."""
        while (request := frames.receive_json(self._requests, frames.MOST_HEAD)) is not None:
            if request["data"]:
                data = frames.receive(self._requests, 1 << 40)
                if data is None:
                    return
                self._data = data
            try:
                self._answer(request)
            except DocumentError as error:
                self._say(error=error.to_json())
            except MemoryError:
                self._fail(request, DocumentFault.OVER_MEMORY(limit_mb=self._settings["memory_mb"]))
            except RecursionError as error:
                self._fail(request, DocumentFault.TOO_DEEP(kind=type(error).__name__))

    def _fail(self, request: dict[str, Any], detail: Phrase) -> None:
        if request["task"] == "recognise":  # its answer is text or none; the pool knows an end of the process as none
            raise SystemExit(1)
        kind = format_of(request["media_type"]).kind
        self._say(error=ParserFailed(name=request["name"], media_type=kind, detail=detail).to_json())

    def _answer(self, request: dict[str, Any]) -> None:
        match request["task"]:
            case "parse":
                self._parse(request)
            case "render":
                self._render(request)
            case "locate":
                self._locate(request)
            case "recognise":
                from ingest.worker.tesseract import Tesseract  # loads the decoder of pictures

                picture = frames.unpack_picture(request["picture"], self._data)
                recognised = Tesseract(self._settings["tesseract"]).recognise(picture)
                self._say(recognised=frames.pack_recognised(recognised))

    def _parse(self, request: dict[str, Any]) -> None:
        limits = replace(
            self._limits,
            encoding=request["encoding"],
            password=request["password"],
            progress=self._progress,
            recognisable=Allowance(self._settings["max_ocr_pages"]),
        )
        document = format_of(request["media_type"]).load_parser()(self._data, request["name"], limits)
        for page in document.pages:
            frames.send_json(self._answers, {"page": frames.pack_page(page)}, more=True)
        self._say(end=frames.pack_end(document))

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._told + _TELL_S or done == total:
            self._told = now
            self._say(progress=[done, total])

    def _render(self, request: dict[str, Any]) -> None:
        """One page as PNG."""
        renderer = format_of(request["media_type"]).load_renderer()
        limits = replace(self._limits, password=request["password"])
        png = renderer(self._data, request["page"], request["dots_per_inch"], limits) if renderer is not None else None
        if png is None:
            raise PageMissing(name=request["name"], page=request["page"])
        self._say(rendered=len(png))
        frames.send(self._answers, png)

    def _locate(self, request: dict[str, Any]) -> None:
        """Boxes of parts of lines of a PDF."""
        from ingest.parsers.pdf.places import locate_in_pdf  # loads the reader of PDF

        parts = [frames.unpack_part(part) for part in request["parts"]]
        limits = replace(self._limits, password=request["password"])
        self._say(located=locate_in_pdf(self._data, request["page"], parts, limits))

    def _recognise(self, pictures: Iterable[Picture], count: int) -> Iterator[Recognised]:
        """Have the pool recognise pictures, several at a time; answers come in any order and are given in the pictures' own."""
        waiting: deque[int] = deque()
        come: dict[int, Recognised] = {}
        for number, picture in enumerate(pictures):
            self._say(picture=number, of=count, about=frames.pack_picture(picture))
            frames.send(self._answers, picture.png)
            waiting.append(number)
            if len(waiting) >= _AHEAD * self._settings["recognisers"]:
                yield self._next(waiting, come)
        while waiting:
            yield self._next(waiting, come)

    def _next(self, waiting: deque[int], come: dict[int, Recognised]) -> Recognised:
        number = waiting.popleft()
        while number not in come:
            answer = frames.receive_json(self._requests, frames.MOST_HEAD)
            if answer is None:
                raise SystemExit(0)  # the pool is gone
            come[answer["picture"]] = frames.unpack_recognised(answer["recognised"])
        return come.pop(number)

    def _say(self, **message: Any) -> None:
        frames.send_json(self._answers, message)
