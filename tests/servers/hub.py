"""A real HTTP server that speaks the Hugging Face hub's wire: a repository's files, and /resolve/ with redirects, ranges and refusals."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import unquote, urlsplit

from tests.servers.threads import Threads

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_right"
# Files of more bytes are kept in the hub's large file storage.
_LARGE = 1000


class HubServer:
    """Use as a context manager. `repos` maps OWNER/REPO to its files.

    `gated` repositories want the token; a request for a file is cut after `cut_after` bytes, or stalls there with `stall`. `requests` are
    method, path and headers of all that was asked.
    """

    def __init__(self, repos: Mapping[str, Mapping[str, bytes]]) -> None:
        self.repos = {name: dict(files) for name, files in repos.items()}
        self.gated: set[str] = set()
        self.cut_after: int | None = None
        self.stall = False
        self.wrong_digest = False
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._server = Threads(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sibling(self, name: str, data: bytes) -> dict[str, object]:
        """A file as the list of a repository has it with `blobs=true`."""
        row: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": git_digest(data)}
        if len(data) > _LARGE:
            sha256 = "0" * 64 if self.wrong_digest else hashlib.sha256(data).hexdigest()
            row["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 135}
        return row


def git_digest(data: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    owner: HubServer

    def log_message(self, *_: object) -> None:
        """Tests want no log."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.owner.requests.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        if path.startswith("/api/models/"):
            self.info(path.removeprefix("/api/models/"))
        elif path.startswith("/storage/"):
            self.content(*self.parts(path.removeprefix("/storage/")))
        else:
            self.resolve(path.removeprefix("/"))

    def parts(self, path: str) -> tuple[str, str]:
        owner, repo, name = path.split("/", 2)
        return f"{owner}/{repo}", name

    def allowed(self, repo: str) -> bool:
        return repo not in self.owner.gated or self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def refuse(self, status: int, code: str, message: str) -> None:
        self.reply(status, json.dumps({"error": message}).encode(), {"X-Error-Code": code, "X-Error-Message": message})

    def info(self, repo: str) -> None:
        if repo not in self.owner.repos:  # who shows no token is not told whether it exists
            self.refuse(404 if "Authorization" in self.headers else 401, "RepoNotFound", "Repository not found")
            return
        rows = [self.owner.sibling(name, data) for name, data in self.owner.repos[repo].items()]
        gated = "manual" if repo in self.owner.gated else False
        body = {"id": repo, "modelId": repo, "sha": COMMIT, "private": False, "gated": gated, "siblings": rows}
        self.reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def resolve(self, path: str) -> None:
        """Large files are elsewhere, small ones come at once."""
        repo, rest = self.parts(path)
        verb, revision, name = rest.split("/", 2)
        assert (verb, revision) == ("resolve", COMMIT), "a file is asked for by the commit whose list was read"
        if not self.allowed(repo):
            self.refuse(403 if "Authorization" in self.headers else 401, "GatedRepo", f"Access to model {repo} is restricted.")
        elif name not in self.owner.repos[repo]:
            self.refuse(404, "EntryNotFound", "Entry not found")
        elif len(data := self.owner.repos[repo][name]) > _LARGE:
            tag = f'"{hashlib.sha256(data).hexdigest()}"'
            headers = {"X-Repo-Commit": COMMIT, "X-Linked-Etag": tag, "X-Linked-Size": str(len(data))}
            storage = self.owner.url.replace("127.0.0.1", "localhost")  # another host, as the hub's storage is
            self.reply(302, b"", headers | {"Location": f"{storage}/storage/{repo}/{name}"})
        else:
            self.reply(200, data, {"X-Repo-Commit": COMMIT, "ETag": f'"{git_digest(data)}"'})

    def content(self, repo: str, name: str) -> None:
        data = self.owner.repos[repo][name]
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        end = len(data) if self.owner.cut_after is None else min(len(data), start + self.owner.cut_after)
        self.wfile.write(data[start:end])
        self.wfile.flush()
        if self.owner.stall:
            time.sleep(3)
        self.close_connection = end < len(data)

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
