"""The house's rules, held: imports go down, files and functions stay small, settings and errors are documented."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import ROOT, settings_table

FLOORS = {"core": 1, "store": 2, "ingest": 3, "rag": 3, "service": 4, "ui": 5, "cli": 5, "evals": 5, "app": 6}
# Doors open what stands above them.
DOORS = {"ingest/__main__.py", "rag/__main__.py"}
# A file within ten lines of 400 is one that the next change makes too long.
LONGEST_FILE, LONGEST_FUNCTION = 389, 50
ENVIRONMENT_READERS = {"app.py", "cli/ingest.py", "cli/rag.py", "evals/__main__.py"}


def sources(*, with_tests: bool = False) -> list[Path]:
    """All Python files of the project, in order."""
    folders = [*(name for name in FLOORS if name != "app"), *(["tests"] if with_tests else [])]
    return sorted([ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))])


def relative(path: Path) -> str:
    """A path as it is written in messages."""
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield node.module


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_imports_go_down_the_floors_only(path: Path) -> None:
    own = relative(path).split("/")[0].removesuffix(".py")
    if relative(path) in DOORS:
        return
    for module in imported(ast.parse(path.read_text("utf-8"))):
        other = module.split(".")[0]
        if other in FLOORS and other != own:
            assert FLOORS[other] < FLOORS[own], f"{relative(path)} imports {module}"


def test_core_needs_the_standard_library_only() -> None:
    for path in (ROOT / "core").rglob("*.py"):
        for module in imported(ast.parse(path.read_text("utf-8"))):
            assert module.split(".")[0] in {*sys.stdlib_module_names, "core"}, f"{relative(path)} imports {module}"


@pytest.mark.parametrize("path", sources(with_tests=True), ids=relative)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LONGEST_FILE, f"{relative(path)} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0  # type: ignore[operator]
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 - documented <= LONGEST_FUNCTION, f"{relative(path)}: {node.name} is too long"


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_environment_and_arguments_are_read_at_the_doors_only(path: Path) -> None:
    text = path.read_text("utf-8")
    if relative(path) not in ENVIRONMENT_READERS:
        assert not re.search(r"os\.environ|os\.getenv", text), relative(path)
    assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text), relative(path)


def test_the_readme_lists_every_setting_as_the_code_has_it() -> None:
    assert settings_table() in (ROOT / "README.md").read_text("utf-8"), "run `python -m rag doctor --settings` and paste its table"


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; import ingest.__main__, rag.__main__, ui.page, store.library; "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'chromadb', 'langchain_core', 'xllamacpp'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Module names that were replaced, metaphors, and words with several meanings; whole words, in code and docs.
FORBIDDEN = re.compile(
    r"\b(kitchen|chef|catalogue|plan_whole|whole_documents|Mode\.WHOLE|PromptStyle\.READER|embedded reader)\b", re.IGNORECASE
)
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
# Floors that show nothing themselves: what they have to say is returned, raised or logged.
SILENT = ("core", "store", "ingest", "rag", "service")
# What every command has in common: it ends the output of a command that stands above.
WRITERS = {"core/command.py"}


def at_import(tree: ast.Module) -> Iterator[str]:
    """Names that importing a module imports: not those inside functions, nor those for type checkers only."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def import_graph() -> dict[str, set[str]]:
    """The modules of the project that each module imports when it is imported itself."""
    names = {relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in sources()}
    return {
        name: {other for other in at_import(ast.parse(path.read_text("utf-8"))) if other in names and other != name}
        for name, path in names.items()
    }


def test_the_import_graph_has_no_circle() -> None:
    order = graphlib.TopologicalSorter(import_graph())
    try:
        order.prepare()
    except graphlib.CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_a_circle_would_be_found() -> None:
    assert set(
        at_import(ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    import c\nfrom d import e"))
    ) == {"b", "d", "d.e"}


@pytest.mark.parametrize("path", [path for path in sources() if relative(path).startswith("service/")], ids=relative)
def test_the_service_knows_no_page(path: Path) -> None:
    assert not {module.split(".")[0] for module in imported(ast.parse(path.read_text("utf-8")))} & {
        "gradio",
        "ui",
        "cli",
        "fastapi",
    }


@pytest.mark.parametrize("path", [path for path in sources() if relative(path).split("/")[0] in SILENT], ids=relative)
def test_nothing_below_the_page_and_the_command_line_prints(path: Path) -> None:
    if relative(path) in {*WRITERS, *DOORS}:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        assert not (isinstance(node, ast.Name) and node.id == "print"), f"{relative(path)}:{node.lineno} prints"
        assert not (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.stdout"), f"{relative(path)}:{node.lineno} writes"


@pytest.mark.parametrize(
    "path", [*sources(with_tests=True), *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))], ids=relative
)
def test_names_that_were_replaced_do_not_come_back(path: Path) -> None:
    if relative(path) in {"tests/test_structure.py", "tests/test_ingest_parsers.py"}:  # the list itself; a text about a kitchen
        return
    found = FORBIDDEN.search(path.read_text("utf-8"))
    assert found is None, f"{relative(path)}: {found and found[0]}"


def test_every_package_is_listed_and_says_what_it_holds() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    inits = [path for path in sources() if path.name == "__init__.py"]
    assert {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in inits} == listed
    assert [relative(path) for path in inits if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []
