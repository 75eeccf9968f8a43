# Everything a person needs is `make run` and `make test`; the rest is for those who work on Kaedama.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch is a tenth of the CUDA build's size. On Linux without an NVIDIA card its index is tried first, briefly; where it
# cannot be reached, the ordinary build of the same version is installed.
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

.PHONY: run test quick fuzz lint fix eval bench lock samples clean

run: $(VENV)/installed
	@$(BIN)/python app.py

test: $(VENV)/installed-dev lint
	$(BIN)/python -m pytest

quick: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m "not slow and not browser"

# New examples for the tests of properties; `make test` always takes the same ones.
fuzz: $(VENV)/installed-dev
	$(BIN)/python -m pytest --hypothesis-profile=fuzz -m "not slow and not browser" $$(grep -l hypothesis tests/test_*.py)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Question sets: a folder with NAME.docs.jsonl and NAME.queries.jsonl (EVAL_SETS=...).
# Results are kept as they come, and one that is there for the same commit is not measured again: `make eval` goes on where it was stopped.
# EVAL_OPTIONS='--limit 50 --asked 20' for a sample.
EVAL_SETS ?= ../shared/qa
EVAL_PDFS ?= ../shared/pdfs/qa
eval: $(VENV)/installed-dev
	$(BIN)/python -m evals all --sets $(EVAL_SETS) --pdfs $(EVAL_PDFS) --model embedded --kept data/evals/results.jsonl \
	  --report docs/evaluation.md $(EVAL_OPTIONS)

bench: $(VENV)/installed
	$(BIN)/python -m evals bench $(BENCH_OPTIONS)

# One lock for every Python and system that the README promises. Three things stand in it otherwise than uv writes them:
# - the libraries of CUDA are left out: only the ordinary build of torch needs them, and brings them along;
# - lingua has no release for all Pythons: 2.1.1 ends with 3.13, 2.2.0 begins with 3.12, none lies between. A marker would say that, but pip
#   reads markers for the Python that runs it, so that a lock with one could not be asked about other Pythons; a range can. (`pip install
#   --python-version 3.14` wants a pip run by 3.12 or newer even so: it holds what a package requires against its own Python.)
# - hashes stand in a lock of their own, without torch: the CPU build and the ordinary one are different files of the same version, and pip
#   wants a hash for all packages of a file or for none.
TORCH := 2.13.0
PYTHONS := 3.11.2 3.12 3.13 3.14
UNLOCKED := nvidia|cuda|triton
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11.2 --fork-strategy fewest --strip-extras --no-header --no-annotate
lock: $(VENV)/installed-dev
	printf 'torch==$(TORCH)\nlingua-language-detector==2.1.1\n' > $(VENV)/pins.txt
	$(COMPILE) --upgrade --constraint $(VENV)/pins.txt --extra dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --upgrade --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	(grep -Ev '^(lingua|$(UNLOCKED))' requirements.lock; \
	  printf 'lingua-language-detector==%s\n' "2.1.1 ; python_version < '3.12'" "2.2.0 ; python_version >= '3.12'") > $(VENV)/exact.txt
	$(COMPILE) --no-deps --generate-hashes --no-emit-package torch --output-file requirements-hashes.lock $(VENV)/exact.txt
	sed -i -E '/^($(UNLOCKED))/d; s/^(lingua-language-detector)==2.1.1$$/\1>=2.1.1,<=2.2.0/' requirements.lock requirements-dev.lock
	for version in $(PYTHONS); do \
	  $(BIN)/uv pip install --quiet --dry-run --only-binary :all: --python-version $$version --target $(VENV)/none -r requirements.lock || exit 1; \
	done

samples:
	sh docs/samples/build.sh

clean:
	rm -rf $(VENV) data/library

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Kaedama needs Python 3.11.2 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11, 2) else None'
	$(PYTHON) -m venv $(VENV)

# torch comes last: what it needs beside CUDA is there by then, its hash compared.
$(VENV)/installed: requirements.lock requirements-hashes.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-hashes.lock
	@if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1; then \
	  $(BIN)/python -m pip install --quiet --no-deps --timeout 5 --retries 0 --index-url $(TORCH_CPU_INDEX) "$$(grep '^torch==' requirements.lock)" \
	  || echo "No CPU build of torch within reach; taking the ordinary one."; \
	fi
	$(BIN)/python -m pip install --quiet -r requirements.lock
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet -r requirements-dev.lock
	@touch $@
