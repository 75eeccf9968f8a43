"""The web page cannot be served."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences


class ServiceError(KaedamaError):
    """The web page cannot be served."""


class PortTaken(ServiceError):
    """Another program listens on the port."""

    sentences = Sentences(
        en="Port {port:.0f} on {host} is taken by another program. Stop it, or choose another port with KAEDAMA_PORT.",
        es="El puerto {port:.0f} de {host} lo ocupa otro programa. Deténlo, o elige otro puerto con KAEDAMA_PORT.",
        ja="{host}のポート{port:.0f}は別のプログラムが使っています。それを止めるか、KAEDAMA_PORTで別のポートを選んでください。",
    )
