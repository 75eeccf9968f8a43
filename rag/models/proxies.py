"""Proxies of the environment: what leaves this machine's network goes through them, and one that cannot be used is told in a sentence.

Servers on this machine or in its own network are always reached directly (`trust_env=False`), whatever is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from core.errors import ModelError, ProxyUnusable

C = TypeVar("C")


def proxy_of(url: str) -> str:
    """The proxy that the environment names for a URL, without its password; "" where there is none or NO_PROXY excepts the host."""
    parts, proxies = urlsplit(url), getproxies()
    if proxy_bypass(parts.hostname or ""):
        return ""
    return _shown(proxies.get(parts.scheme) or proxies.get("all") or "")


def checked(make: Callable[[], C], *, engine: str, url: str) -> C:
    """A client that obeys the environment's proxies. Raises ProxyUnusable: one of them has a scheme or an address that is none."""
    try:
        return make()
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        named = proxy_of(url) or next((_shown(proxy) for proxy in getproxies().values()), "")
        raise ProxyUnusable(engine=engine, proxy=named) from error


def unreached(error: Exception, otherwise: ModelError, *, engine: str, url: str, near: bool) -> ModelError:
    """The error of ours for a connection that failed: the proxy's fault where there is one in between, else `otherwise`."""
    fault = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError) or type(error).__module__.startswith(
        "socksio"
    )
    proxy = "" if near or not fault else proxy_of(url)
    return ProxyUnusable(engine=engine, proxy=proxy) if proxy else otherwise


def _shown(proxy: str) -> str:
    """A proxy's address without user and password."""
    scheme, separator, rest = proxy.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
