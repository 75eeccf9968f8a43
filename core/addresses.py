"""Whose network an address leads to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from core.types import LOCAL, Location


def is_home(url: str) -> bool:
    """Whether a URL leads to this machine or its own network: loopback, private addresses, names without a dot, `.local`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))


def location_of(url: str) -> Location:
    """Where a server is: here or in the network of this machine, or at the host that its address names."""
    if is_home(url):
        return LOCAL
    try:
        return Location(urlsplit(url).hostname or url)
    except ValueError:
        return Location(url)
