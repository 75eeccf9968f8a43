"""Who asks: the signed cookie of a page's session, and the token of a program.

Both secrets lie in the library, so that a restart keeps open pages alive and so that only who may read the library may have them.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, Signer
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from core.errors import LibraryUnwritable

KEY_FILE, TOKEN_FILE = "session-key", "api-token"
# Bytes of randomness in key, token and session id; 16 cannot be guessed, 32 is itsdangerous' advice for keys.
_KEY_BYTES, _ID_BYTES = 32, 16
# Seconds a browser keeps the cookie: a tab that is left open over a long holiday still works.
_COOKIE_AGE_S = 60 * 60 * 24 * 90


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: `session` is the page's session, or the token's where `program` is set."""

    session: str
    program: bool = False


class Sessions:
    """Gives sessions out and recognises them.

    Args:
        library: the directory in which the secrets are kept, in files that only their owner may read.
        port: the page's port; browsers send a cookie to all ports of a host, so its name holds the port.

    Raises:
        LibraryUnwritable: the secrets can be neither read nor written.
    """

    def __init__(self, library: Path, port: int) -> None:
        self._signer = Signer(_secret(library, KEY_FILE), salt="kaedama session")
        self._token = _secret(library, TOKEN_FILE)
        self.cookie = f"kaedama-{port}"

    def new(self) -> str:
        """A Set-Cookie value with a session of its own."""
        value = self._signer.sign(secrets.token_urlsafe(_ID_BYTES)).decode()
        return f"{self.cookie}={value}; Path=/; Max-Age={_COOKIE_AGE_S}; HttpOnly; SameSite=Strict"

    def caller(self, headers: Headers) -> Caller | None:
        """Who sent these headers, or None for somebody without a valid cookie or token. A token wins over a cookie."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme:
            right = scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), self._token.encode())
            return Caller("program", program=True) if right else None
        try:
            return Caller(self._signer.unsign(cookie_parser(headers.get("cookie", "")).get(self.cookie, "")).decode())
        except (BadSignature, UnicodeDecodeError):
            return None


def _secret(library: Path, name: str) -> str:
    """The secret of this name, made on the first call."""
    path = library / name
    try:
        library.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            kept = path.read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            kept = ""
        if len(kept) < _KEY_BYTES:
            kept = secrets.token_urlsafe(_KEY_BYTES)
            _write_private(path, kept)
        path.chmod(0o600)
        return kept
    except OSError as error:
        raise LibraryUnwritable(directory=library, detail=error.strerror or str(error)) from error


def _write_private(path: Path, text: str) -> None:
    """Put a file in place whole, never readable for others."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    fresh.replace(path)
