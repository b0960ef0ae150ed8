# Two commands for a newcomer: `make demo` and `make test`. PYTHON chooses the interpreter (3.10 to 3.13).
PYTHON ?= python3
LEAN := .venv-device
FULL := .venv
TFLITE := .venv-tflite-runtime
BACKENDS := .venv-backends
VERSION_edge := 1.17
VERSION_nano := 1.18
# Further looks at doubtful cells: edge's keep its mean latency within its budget; nano's reach every cell that it would
# leave unanswered at one. They lower thresholds, by which more is answered elsewhere, too: hence a risk below 0.3 %.
DOUBT_edge := --turns 8 --look-cost 0.4 --risk 0.0025
DOUBT_nano := --turns 4 --look-cost 0.6 --risk 0.0025
PIP_FLAGS := --quiet --disable-pip-version-check

# A command that fails leaves no file that would pass for its result.
.DELETE_ON_ERROR:

.PHONY: demo test test-tflite-runtime test-backends lint format docs models wheel clean

demo: $(LEAN)/installed ## Install the lean device package and classify eight drawn cells.
	$(LEAN)/bin/wbc-edge samples out/samples
	$(LEAN)/bin/wbc-edge classify out/samples

# File by file, so that what the tests of a file share is made once. A worker may take 5 GB: hence no more than two.
test: $(FULL)/installed lint ## Lint, then the whole test suite.
	$(FULL)/bin/python -m pytest --numprocesses auto --maxprocesses 2 --dist loadfile

# The runtime that the project was first asked for: its own environment, for it needs numpy 1.
test-tflite-runtime: $(TFLITE)/installed ## The device tests under tflite-runtime (Python up to 3.11).
	$(TFLITE)/bin/python -m pytest tests/wbc_edge/runtimes

# Its own environment as well: torch brings gigabytes where only its build for GPUs is to be had.
test-backends: $(BACKENDS)/installed ## The tests of views made on an accelerator, and of training with torch and jax.
	$(BACKENDS)/bin/python -m pytest tests/train/accelerator tests/train/test_backends.py

lint: $(FULL)/installed ## Lint, formatting and types.
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy

format: $(FULL)/installed ## Rewrite the code in the project's format.
	$(FULL)/bin/ruff check --fix .
	$(FULL)/bin/ruff format .

docs: $(FULL)/installed ## What --help of every command says, as pages.
	$(FULL)/bin/typer wbc_edge.cli utils docs --name wbc-edge --output docs/commands/wbc-edge.md
	$(FULL)/bin/typer train.cli utils docs --name "python -m train" --output docs/commands/train.md
	$(FULL)/bin/typer export.cli utils docs --name "python -m export" --output docs/commands/export.md
	$(FULL)/bin/typer export.ship utils docs --name "python -m export.ship" \
	    --output docs/commands/export-ship.md
	$(FULL)/bin/typer export.figures utils docs --name "python -m export.figures" \
	    --output docs/commands/export-figures.md
	$(FULL)/bin/typer export.report.cli utils docs --name "python -m export.report" \
	    --output docs/commands/export-report.md
	$(FULL)/bin/typer bench.cli utils docs --name "python -m bench" --output docs/commands/bench.md

# Hours on a processor, minutes of it where a GPU trains; the cells and weights lie where the recipes in
# train/shipped say. What is finished is not done again, and an interrupted training goes on.
models: out/edge/export.json out/nano/export.json ## Train, export and ship the models, from the cells on.
	$(FULL)/bin/python -m export.ship \
	    edge=out/edge/edge-int8.tflite edge-float16=out/edge/edge-float16.tflite \
	    edge-onnx=out/edge/edge-int8.onnx \
	    nano=out/nano/nano-int8.tflite nano-float16=out/nano/nano-float16.tflite \
	    nano-onnx=out/nano/nano-int8.onnx
	$(FULL)/bin/python -m export.figures

runs/edge-looks/metrics.json: runs/edge-wide/metrics.json
runs/edge-plain/metrics.json: runs/edge-looks/metrics.json
runs/edge-cameras/metrics.json: runs/edge-plain/metrics.json
runs/edge-close/metrics.json: runs/edge-cameras/metrics.json
runs/nano-taught/metrics.json: runs/nano-wide/metrics.json runs/edge-cameras/metrics.json
runs/nano-cameras/metrics.json: runs/nano-taught/metrics.json
runs/nano-close/metrics.json: runs/nano-cameras/metrics.json runs/edge-close/metrics.json
runs/edge-faults/metrics.json: runs/edge-mean/metrics.json
runs/edge-turns/metrics.json: runs/edge-faults/metrics.json
runs/edge-patient/metrics.json: runs/edge-turns/metrics.json
runs/edge/metrics.json: runs/edge-patient/metrics.json runs/sources/edge-long-without-chula/metrics.json \
    runs/sources/edge-long-without-bccd/metrics.json
runs/nano-faults/metrics.json: runs/nano-close/metrics.json runs/edge-faults/metrics.json
runs/nano-patient/metrics.json: runs/nano-faults/metrics.json runs/edge-faults/metrics.json
runs/nano-turns/metrics.json: runs/nano-patient/metrics.json runs/edge-faults/metrics.json
runs/nano-steady/metrics.json: runs/nano-turns/metrics.json runs/edge-patient/metrics.json
runs/nano-fine/metrics.json: runs/nano-steady/metrics.json runs/edge/metrics.json
runs/nano-batches/metrics.json: runs/nano-mean/metrics.json runs/edge/metrics.json
runs/nano-long/metrics.json: runs/nano-batches/metrics.json runs/edge/metrics.json
runs/%/metrics.json: train/shipped/%.toml | runs/negatives
	$(FULL)/bin/python -m train fit --config $< --out $(@D) $(if $(wildcard $(@D)/config.json),--resume)

# Two networks of the study of unseen sources teach as well, for what they know of the others.
runs/sources/edge-long-without-%/metrics.json: train/studied/edge-long.toml | runs/negatives
	$(FULL)/bin/python -m train study sources --config $< --hold-out $*

# Between two scales of the cell: as good at home as the first, and nearer to the second elsewhere.
runs/edge-mean/metrics.json: runs/edge-cameras/metrics.json runs/edge-close/metrics.json
	rm -rf $(@D)
	$(FULL)/bin/python -m train average runs/edge-cameras runs/edge-close --scale 1.9 --out $(@D)

# Before and after that part, as it came out best on validation cells.
runs/nano-mean/metrics.json: runs/nano-steady/metrics.json runs/nano-fine/metrics.json
	rm -rf $(@D)
	$(FULL)/bin/python -m train average runs/nano-steady runs/nano-fine --out $(@D)

# Closer than it was trained at, as it came out best on validation cells of all sources.
runs/nano/metrics.json: runs/nano-long/metrics.json
	rm -rf $(@D)
	$(FULL)/bin/python -m train average runs/nano-long --scale 1.7 --out $(@D)

runs/negatives: | $(FULL)/installed
	$(FULL)/bin/python -m train negatives pbc:../shared/data/pbc chula:../shared/data/chula \
	    bccd:../shared/data/bccd --out $@

out/%/export.json: runs/%/metrics.json
	$(FULL)/bin/python -m export $(<D) --name $* --version $(VERSION_$*) --licence MIT \
	    $(DOUBT_$*) --out $(@D) --overwrite

wheel: $(FULL)/installed ## Build the wheel of the device package.
	$(FULL)/bin/python -m build --wheel

clean: ## Remove environments and everything that was built.
	rm -rf $(LEAN) $(FULL) $(TFLITE) $(BACKENDS) out build dist *.egg-info

# A copy of the package, not a link to it: made anew when anything in it has changed.
$(LEAN)/installed: pyproject.toml $(shell find wbc_edge -type f -not -name '*.pyc')
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

$(BACKENDS)/installed: pyproject.toml
	$(PYTHON) -m venv $(BACKENDS)
	$(BACKENDS)/bin/python -m pip install $(PIP_FLAGS) --editable ".[accelerator]" jax pytest
	touch $@
