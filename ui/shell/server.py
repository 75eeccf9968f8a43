"""Serving an application until it is told to end: the address it listens on, and an end within seconds whatever runs."""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
import time
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from core.errors import PortTaken

# Seconds that open streams get to end by themselves; a tab's would never.
_GRACE_S = 1
# Seconds until the server is given up: handlers that hang in a thread cannot be ended, and go with the process.
_END_S = 2.0
# Seconds between two looks at whether the server is up.
_LOOK_S = 0.02
# Connections that may wait to be accepted.
_BACKLOG = 128


def url(host: str, port: int) -> str:
    """The page's address as a browser takes it: an IPv6 address stands in brackets."""
    try:
        shown = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        shown = host
    return f"http://{shown}:{port}"


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of this name.

    Raises:
        PortTaken: nothing can listen there.
    """
    sockets: list[socket.socket] = []
    trouble: OSError = OSError(errno.EADDRNOTAVAIL, "no such address here")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise PortTaken(port=port, host=host) from error
    for family, kind, protocol, _, address in dict.fromkeys(found):
        one = socket.socket(family, kind, protocol)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            one.listen(_BACKLOG)
            sockets.append(one)
        except OSError as error:
            one.close()
            trouble = error
            if error.errno != errno.EADDRNOTAVAIL:  # a name may have addresses that this machine has not got
                break
    else:
        if sockets:
            return sockets
    for one in sockets:
        one.close()
    raise PortTaken(port=port, host=host) from trouble


def run(app: ASGIApp, host: str, port: int, *, started: Callable[[], object], until: Callable[[], object]) -> bool:
    """Serve `app` in a thread of its own.

    Args:
        app: the application.
        host: name or address to listen on.
        port: number of the port.
        started: called once requests are answered.
        until: waits for the end; what it raises is raised here, after the server is down.

    Returns:
        Whether everything ended by itself; else a thread still runs and has to end with the process.

    Raises:
        PortTaken: nothing can listen there.
    """
    sockets = listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, name="server", daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            time.sleep(_LOOK_S)
        started()
        until()
    finally:
        server.should_exit = True
        thread.join(_END_S)
        for one in sockets:
            one.close()
    return not thread.is_alive()
