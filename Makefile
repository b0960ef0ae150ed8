# Two commands for a newcomer: `make demo` and `make test`. PYTHON chooses the interpreter (3.10 to 3.13).
PYTHON ?= python3
LEAN := .venv-device
FULL := .venv
TFLITE := .venv-tflite-runtime
PIP_FLAGS := --quiet --disable-pip-version-check

.PHONY: demo test test-tflite-runtime lint format wheel clean

demo: $(LEAN)/installed ## Install the lean device package and classify eight drawn cells.
	$(LEAN)/bin/wbc-edge samples out/samples
	$(LEAN)/bin/wbc-edge classify out/samples

test: $(FULL)/installed lint ## Lint, then the whole test suite.
	$(FULL)/bin/python -m pytest

# The runtime that the project was first asked for: its own environment, for it needs numpy 1.
test-tflite-runtime: $(TFLITE)/installed ## The device tests under tflite-runtime (Python up to 3.11).
	$(TFLITE)/bin/python -m pytest tests/wbc_edge/runtimes

lint: $(FULL)/installed ## Lint, formatting and types.
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy

format: $(FULL)/installed ## Rewrite the code in the project's format.
	$(FULL)/bin/ruff check --fix .
	$(FULL)/bin/ruff format .

wheel: $(FULL)/installed ## Build the wheel of the device package.
	$(FULL)/bin/python -m build --wheel

clean: ## Remove environments and everything that was built.
	rm -rf $(LEAN) $(FULL) $(TFLITE) out build dist *.egg-info

$(LEAN)/installed: pyproject.toml
	$(PYTHON) -m venv $(LEAN)
	$(LEAN)/bin/python -m pip install $(PIP_FLAGS) .
	touch $@

$(FULL)/installed: pyproject.toml
	$(PYTHON) -m venv $(FULL)
	$(FULL)/bin/python -m pip install $(PIP_FLAGS) --editable ".[dev]"
	touch $@

$(TFLITE)/installed: pyproject.toml
	$(PYTHON) -m venv $(TFLITE)
	$(TFLITE)/bin/python -m pip install $(PIP_FLAGS) --editable ".[tflite-runtime]" pytest
	touch $@
