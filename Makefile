# Two commands for a fresh machine: `make lab` to learn, `make test` to test.

PYTHON ?= python3
LAB_ARGS ?=
FIRST_PAGE = notebooks/ch00_start_here/01_how_to_use_this_book.ipynb
STAMP = .venv/installed
RUN = .venv/bin/python -m

.PHONY: lab test bench mutants notebooks setup clean

lab: setup
	$(RUN) jupyterlab --ServerApp.root_dir='$(CURDIR)' $(FIRST_PAGE) $(LAB_ARGS)

# The notebooks show still pictures when run by a machine; one thread each keeps their numbers the same everywhere.
test: setup
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	DLNOTES_STATIC=1 DLNOTES_PROGRESS=/dev/null OMP_NUM_THREADS=1 $(RUN) pytest --nbval --nbval-cell-timeout 120 --benchmark-disable \
	    --numprocesses logical --maxprocesses 4 --dist loadfile

bench: setup
	$(RUN) pytest benchmarks/bench_*.py
	.venv/bin/python benchmarks/latency.py
	.venv/bin/python benchmarks/grading.py

mutants: setup
	OMP_NUM_THREADS=1 $(RUN) dlnotes.exercises.mutants

notebooks: setup
	$(RUN) dlnotes.book.twins $(if $(ALL),--all)

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	    { echo "dlnotes needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1):" \
	      "try  make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(RUN) pip install --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf .pytest_cache .ruff_cache .benchmarks build dist
	find dlnotes tests notebooks benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +
