"""`python -m ingest` as a person runs it: JSON lines, exit statuses, and a sentence for everything that can go wrong."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from core.settings import ROOT, Settings
from ingest.pipeline import IngestPipeline
from store.catalog import STEPS
from store.library import Library
from store.lock import LibraryLock
from tests.commands import Ran, command, environment, run, run_here
from tests.doubles import HashEmbedder
from tests.pdfs import encrypted, pdf

SOURCE = ["event", "name", "file", "document", "status", "pages", "chunks", "seconds", "textless", "error"]
DONE = ["event", "added", "unchanged", "updated", "failed", "cancelled", "copies", "renamed", "removed", "passed_over"]
NOTHING = dict.fromkeys(DONE[1:], 0) | {"event": "done", "cancelled": False}
HEAVY = ("torch", "transformers", "sentence_transformers", "chromadb")


def written(path: Path, data: bytes = b"Words of a file.") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def made(library: Path, *files: Path, signature: str = "bundled") -> None:
    """A library with some files in it, whose vectors claim to be of an embedder."""
    with Library.open(library, HashEmbedder(signature)) as opened:
        for _ in IngestPipeline(opened, Settings(library=library)).run(files, notebook=opened.open_notebook("default").id):
            pass


def sentence(ran: Ran, status: int) -> str:
    """The one sentence on standard error of a command that failed with this status."""
    assert ran.status == status, ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    return line


# What it says


def test_the_second_run_says_unchanged_and_imports_nothing_heavy(tmp_path: Path) -> None:
    files = [written(tmp_path / "a.txt"), written(tmp_path / "b.md", b"# More words")]
    made(tmp_path / "library", *files)
    ran = run(environment(tmp_path / "library"), "ingest", *files, "--json", before=("-X", "importtime"))
    assert ran.status == 0
    assert [(line["name"], line["status"]) for line in ran.lines[:-1]] == [("a.txt", "unchanged"), ("b.md", "unchanged")]
    assert ran.lines[-1] == NOTHING | {"unchanged": 2}
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in ran.err.splitlines()}
    assert "ingest" in imported
    assert not imported & set(HEAVY)


def test_lines_have_the_fields_that_programs_rely_on(tmp_path: Path) -> None:
    known = written(tmp_path / "a.txt")
    made(tmp_path / "library", known)
    ran = run(environment(tmp_path / "library"), "ingest", known, tmp_path / "gone.txt", "--json")
    good, bad, done = ran.lines
    assert [list(line) for line in (good, bad, done)] == [SOURCE, SOURCE, DONE]
    assert good | {"seconds": 0} == {
        "event": "source", "name": "a.txt", "file": good["file"], "document": good["document"],
        "status": "unchanged", "pages": 1, "chunks": 1, "seconds": 0, "textless": [], "error": None,
    }  # fmt: skip
    assert isinstance(good["seconds"], float)
    assert (bad["status"], bad["pages"], bad["chunks"]) == ("failed", 0, 0)
    assert bad["error"] == f"{tmp_path / 'gone.txt'} does not exist. Check the path."
    assert done == NOTHING | {"unchanged": 1, "failed": 1}
    assert ran.status == 1


BAD_FILES = {
    "empty.txt": (b"", "empty.txt is empty: there is nothing to read in it."),
    "picture.png": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "picture.png could not be read as image: its structure is broken, or it has no page.",
    ),
    "page.txt": (pdf("Words"), "page.txt is named like plain text but its content is a PDF."),
    "secret.pdf": (encrypted(pdf("Secret"), "sesame"), "secret.pdf is protected by a password"),
    "scan.pdf": (pdf("", ""), "No text was found in scan.pdf (pages: 2): its pages are blank;"),
    "broken.pdf": (b"%PDF-1.7\n", "broken.pdf could not be read as PDF: its structure is broken, or it has no page."),
    "large.txt": (b"word " * 250_000, "large.txt has 1.2 MB; at most 1 MB are taken."),
    "long.pdf": (pdf(*"abcdef"), "long.pdf has 6 pages; at most 5 are taken."),
}


def test_every_bad_file_has_a_sentence_of_its_own(tmp_path: Path) -> None:
    files = [written(tmp_path / name, data) for name, (data, _) in BAD_FILES.items()]
    env = environment(tmp_path / "library", max_file_mb="1", max_pages="5")
    ran = run(env, "ingest", *files, tmp_path / "gone.txt", "--json")
    assert ran.status == 1
    assert ran.err == ""
    told = {line["name"]: line["error"] for line in ran.lines[:-1]}
    assert list(told) == [*BAD_FILES, "gone.txt"]
    for name, (_, words) in BAD_FILES.items():
        assert told[name].startswith(words)
        assert told[name].endswith(".")
    assert ran.lines[-1]["failed"] == len(BAD_FILES) + 1


def test_people_get_lines_of_text(tmp_path: Path) -> None:
    known = written(tmp_path / "in/a.txt")
    written(tmp_path / "in/photo.raw")
    written(tmp_path / "in/b.txt", b"")
    written(tmp_path / "in/c.txt", known.read_bytes())
    made(tmp_path / "library", known)
    ran = run(environment(tmp_path / "library"), "ingest", tmp_path / "in")
    unchanged, failed, copy, passed, counts = ran.out.splitlines()
    assert unchanged.startswith("unchanged  a.txt: 1 passage, ")
    assert failed == "failed     b.txt is empty: there is nothing to read in it."
    assert copy.startswith("copy       c.txt (here as a.txt): 1 passage, ")
    assert passed == "passed over photo.raw: files of this kind are not read"
    assert counts == "0 added, 0 updated, 1 unchanged, 1 failed, 1 copy, 1 passed over"
    assert ran.err == ""
    assert ran.status == 1


def test_programs_are_told_of_everything_that_is_passed_over(tmp_path: Path) -> None:
    known = written(tmp_path / "in/a.txt")
    made(tmp_path / "library", known)
    for name in ("photo.raw", "no_extension", ".hidden.txt"):
        written(tmp_path / "in" / name)
    (tmp_path / "in/linked").symlink_to(written(tmp_path / "out/b.txt").parent, target_is_directory=True)
    ran = run_here(environment(tmp_path / "library"), "ingest", tmp_path / "in", "--json")
    assert sorted((line["name"], line["code"]) for line in ran.lines if line["event"] == "passed_over") == [
        (".hidden.txt", "PassedReason.HIDDEN"), ("linked", "PassedReason.LINK_OUT"), ("no_extension", "PassedReason.UNKNOWN_KIND"),
        ("photo.raw", "PassedReason.UNKNOWN_KIND"),
    ]  # fmt: skip
    assert ran.lines[-1] == NOTHING | {"unchanged": 1, "passed_over": 4}


def test_a_folder_is_kept_in_step_and_documents_are_deleted_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    files = [written(folder / f"{name}.txt", f"Words of {name}.".encode()) for name in "abc"]
    made(tmp_path / "library", *files)
    env = environment(tmp_path / "library")
    files[0].unlink()
    ran = run_here(env, "ingest", "--sync", folder, "--json")
    assert [line for line in ran.lines if line["event"] == "removed"] == [
        {"event": "removed", "name": "a.txt", "place": str(files[0]), "document": 1, "kept": False}
    ]
    assert ran.lines[-1] == NOTHING | {"unchanged": 2, "removed": 1}
    assert run_here(env, "ingest", "--delete", "b.txt").out == "deleted    b.txt\n"
    missing = run_here(env, "ingest", "--delete", "b.txt")
    assert (missing.status, missing.err) == (1, "There is no document b.txt in the notebook default.\n")
    assert [line["file"] for line in run_here(env, "ingest", "report", "--json").lines] == ["c.txt"]
    gone = run_here(env, "ingest", "--sync", tmp_path / "unmounted")
    assert (gone.status, gone.out) == (1, "")
    assert gone.err.endswith("unmounted does not exist. Check the path.\n")


def test_an_empty_folder_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ran = run(environment(tmp_path / "library"), "ingest", tmp_path / "in", "--json")
    assert (ran.status, [line["event"] for line in ran.lines], ran.err) == (0, ["done"], "")


def test_options_choose_library_and_notebook(tmp_path: Path) -> None:
    known = written(tmp_path / "a.txt")
    made(tmp_path / "library", known)
    env = environment(tmp_path / "elsewhere")
    assert run(env, "ingest", known, "--library", tmp_path / "library", "--json").lines[-1]["unchanged"] == 1
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_terminal_can_show_a_japanese_name(tmp_path: Path, encoding: str) -> None:
    env = environment(tmp_path / "library") | {"PYTHONIOENCODING": encoding}
    ran = run(env, "ingest", tmp_path / "資料.txt", "--json")
    assert ran.status == 1
    assert ran.lines[0]["name"] == "資料.txt"


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((), "give paths, --sync FOLDER, --delete NAME, or --re-embed", id="no path"),
        pytest.param(("a.txt", "--re-embed"), "give paths, --sync FOLDER, --delete NAME, or --re-embed", id="paths and re-embed"),
        pytest.param(("a.txt", "--jsn"), "unrecognized arguments: --jsn", id="an unknown option"),
    ],
)
def test_wrong_arguments_show_the_usage(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run(environment(tmp_path / "library"), "ingest", *arguments)
    assert ran.status == 2
    assert ran.err.startswith("usage: python -m ingest")
    assert words in ran.err


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("max_file_mbs", "5", "There is no setting KAEDAMA_MAX_FILE_MBS. Did you mean KAEDAMA_MAX_FILE_MB?"),
        ("libary", "x", "There is no setting KAEDAMA_LIBARY. Did you mean KAEDAMA_LIBRARY?"),
        ("max_pages", "many", "The setting KAEDAMA_MAX_PAGES cannot be 'many': it needs a number of pages."),
        ("chunk_width", "5", "The setting KAEDAMA_CHUNK_WIDTH cannot be '5': it lies between 100 and 8,000 columns."),
    ],
    ids=["a misspelt setting", "another", "no number", "out of range"],
)
def test_a_wrong_setting_is_named(tmp_path: Path, setting: str, value: str, words: str) -> None:
    ran = run(environment(tmp_path / "library", **{setting: value}), "ingest", tmp_path)
    assert sentence(ran, 2).startswith(words)
    assert not (tmp_path / "library").exists()


# Libraries that cannot be used


def test_a_library_in_use_names_the_process_that_has_it(tmp_path: Path) -> None:
    lock = LibraryLock(tmp_path / "library")
    try:
        told = sentence(run(environment(tmp_path / "library"), "ingest", written(tmp_path / "a.txt")), 1)
    finally:
        lock.release()
    assert f"is in use by process {os.getpid()} (" in told
    assert "choose another directory with --library or KAEDAMA_LIBRARY" in told


def test_a_library_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt")
    told = sentence(run(environment(path / "library"), "ingest", path), 1)
    assert told.startswith(f"The library {path / 'library'} cannot be written (Not a directory). Check its permissions")


def test_a_library_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    made(tmp_path / "library")
    catalog = sqlite3.connect(tmp_path / "library" / "catalog.sqlite3")
    catalog.execute("PRAGMA user_version = 99")
    catalog.close()
    told = sentence(run(environment(tmp_path / "library"), "ingest", written(tmp_path / "a.txt")), 1)
    assert f"was written by a newer Kaedama (format 99, this one reads up to {len(STEPS)}). Update Kaedama" in told


@pytest.mark.parametrize(
    "data", [b"no database at all" * 999, b"SQLite format 3\0" + bytes(4080)], ids=["something else", "an empty shell"]
)
def test_a_damaged_catalog_says_what_to_put_back(tmp_path: Path, data: bytes) -> None:
    written(tmp_path / "library" / "catalog.sqlite3", data)
    told = sentence(run(environment(tmp_path / "library"), "ingest", written(tmp_path / "a.txt")), 1)
    assert told.startswith(f"The catalog of the library {tmp_path / 'library'} cannot be read (")
    assert "put back a backup with `" in told


def test_vectors_of_another_embedder_are_not_mixed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt")
    made(tmp_path / "library", path, signature="ollama:embeddinggemma")
    told = sentence(run(environment(tmp_path / "library"), "ingest", path), 1)
    assert "was made with the embedder ollama:embeddinggemma, but bundled is configured" in told
    assert "Set KAEDAMA_EMBEDDER=ollama:embeddinggemma, or run `python -m ingest --re-embed`" in told


@pytest.mark.slow
def test_a_library_can_be_embedded_again_with_another_embedder(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", b"The broth boils all night.")
    made(tmp_path / "library", path, signature="ollama:embeddinggemma")
    env = environment(tmp_path / "library")
    ran = run_here(env, "ingest", "--re-embed")
    assert (ran.status, ran.out, ran.err) == (0, "1 passages have vectors of bundled, and are searched by them\n", "")
    assert run_here(env, "ingest", path, "--json").lines[0]["status"] == "unchanged"
    found = run_here(env, "rag", "search", "What boils at night?", "--json")
    assert (found.status, found.lines[0]["source"]) == (0, "a.txt")


def test_an_embedder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    env = environment(tmp_path / "library", embedder="ollama:nothing", ollama_url="http://127.0.0.1:9")
    told = run(env, "ingest", written(tmp_path / "a.txt"))
    assert told.status == 1
    assert told.err.startswith("The embedding model nothing does not answer at http://127.0.0.1:9 (")
    assert "Traceback" not in told.err


# Going away


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(2_000)]
    process = subprocess.Popen(
        command("ingest", *files, "--json"),
        cwd=ROOT,
        env=environment(tmp_path / "library"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["status"] == "failed"
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, b"")


@pytest.mark.slow
def test_an_interrupt_says_that_what_was_finished_is_kept(tmp_path: Path) -> None:
    slow = written(tmp_path / "slow.pdf", pdf(*("word " * 200 for _ in range(15_000))))
    process = subprocess.Popen(
        command("ingest", tmp_path / "gone.txt", slow, "--json"),
        cwd=ROOT, env=environment(tmp_path / "library"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err.decode() == "Stopped. What was finished is kept.\n"
    with Library.open(tmp_path / "library", HashEmbedder("bundled")) as library:
        assert library.sources(library.open_notebook("default").id) == []
