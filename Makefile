# Everything a person needs is `make run` and `make test`; the rest is for those who work on Kaedama.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch is a tenth of the CUDA build's size. On Linux without an NVIDIA card its index is tried first, briefly; where it
# cannot be reached, the ordinary build of the same version is installed.
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

.PHONY: run test quick lint fix eval bench lock samples clean

run: $(VENV)/installed
	@$(BIN)/python app.py

test: $(VENV)/installed-dev lint
	$(BIN)/python -m pytest

quick: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m "not slow and not browser"

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Question sets: a folder with NAME.docs.jsonl and NAME.queries.jsonl (EVAL_SETS=...).
EVAL_SETS ?= ../shared/qa
eval: $(VENV)/installed
	$(BIN)/python -m evals all --sets $(EVAL_SETS)

bench: $(VENV)/installed
	$(BIN)/python -m evals bench $(BENCH_OPTIONS)

# The locks are compiled against the CPU build, whose dependencies hold no CUDA; written without "+cpu", either build satisfies them.
TORCH := 2.13.0
COMPILE = $(BIN)/pip-compile --quiet --upgrade --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
  --no-emit-trusted-host --extra-index-url $(TORCH_CPU_INDEX)
lock: $(VENV)/installed-dev
	$(BIN)/pip install --quiet pip-tools
	echo "torch==$(TORCH)+cpu" > $(VENV)/torch.txt
	$(COMPILE) --constraint $(VENV)/torch.txt --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --extra dev --output-file requirements-dev.lock pyproject.toml
	sed -i 's/+cpu$$//' requirements.lock requirements-dev.lock

samples:
	sh docs/samples/build.sh

clean:
	rm -rf $(VENV) data/library

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Kaedama needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock | $(VENV)/bin/python
	@if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1; then \
	  $(BIN)/python -m pip install --quiet --no-deps --timeout 5 --retries 0 --index-url $(TORCH_CPU_INDEX) "$$(grep '^torch==' requirements.lock)" \
	  || echo "No CPU build of torch within reach; taking the ordinary one."; \
	fi
	$(BIN)/python -m pip install --quiet -r requirements.lock
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet -r requirements-dev.lock
	@touch $@
