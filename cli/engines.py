"""The choice of an engine on the command line: `--engine local | ray`, `--ray-address`."""

from __future__ import annotations

import argparse
import contextlib
import enum
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.settings import Settings

if TYPE_CHECKING:
    from ingest.engines import Engine
    from store.embedding.embedder import Embedder


class EngineName(enum.StrEnum):
    """Where documents are read and embedded."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class Machinery:
    """What embeds for the library, and what makes the engine of a run."""

    embedder: Embedder
    engine: Callable[[Settings], Engine]


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """The options that say where documents are read and embedded."""
    parser.add_argument(
        "--engine", type=EngineName, choices=tuple(EngineName), default=EngineName.LOCAL, metavar="ENGINE",
        help="where documents are read and embedded: local, or ray (pip install 'kaedama[ray]')",
    )  # fmt: skip
    parser.add_argument(
        "--ray-address", default="", metavar="ADDRESS",
        help="a running Ray cluster, as HOST:PORT or ray://HOST:PORT; without: a Ray on this machine for as long as the command runs",
    )  # fmt: skip


@contextlib.contextmanager
def machinery(options: argparse.Namespace, settings: Settings, environment: MutableMapping[str, str]) -> Iterator[Machinery]:
    """What the options ask for, for as long as it is held. Raises ClusterNotInstalled, ClusterUnavailable."""
    from ingest.engines import LocalEngine
    from store.embedding.embedder import open_embedder

    if options.engine is EngineName.LOCAL:
        yield Machinery(open_embedder(settings), LocalEngine)
        return
    from ingest.ray_cluster import RayCluster, environment_of

    told = environment_of(environment, options.ray_address)
    environment.update(told)  # before Ray is imported
    with RayCluster(settings, options.ray_address, told) as cluster:
        yield Machinery(cluster.embedder(), cluster.engine)
