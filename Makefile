# make demo | test | install | fix | check | docs | docs-output | notebooks | bench | quality       (only python3 with venv, make and pip are needed)
PYTHON ?= python3
DEMO = .venv-demo
DEV = .venv
CODE = stance tests benchmarks recipes docs/run.py docs/doctests.py

.PHONY: help demo install fix check test docs docs-output notebooks bench quality clean

help:
	@head -1 Makefile

# Labels the invented articles in examples/ with the base package: no torch, no network after the installation.
demo: $(DEMO)/installed
	$(DEMO)/bin/stance label examples/articles --targets examples/targets.toml

install: $(DEV)/installed

fix: install
	$(DEV)/bin/ruff check --fix $(CODE)
	$(DEV)/bin/ruff format $(CODE)

check: install
	$(DEV)/bin/ruff check $(CODE)
	$(DEV)/bin/ruff format --check $(CODE)
	$(DEV)/bin/mypy

test: check
	$(DEV)/bin/pytest --durations=10

# build/docs/index.html, offline; a warning is an error.
docs: install
	$(DEV)/bin/mkdocs build --strict

# Runs the commands on the pages and puts what they print into them.
docs-output: install
	$(DEV)/bin/python docs/run.py --write

notebooks: install
	$(DEV)/bin/python notebooks/run.py

bench: install
	$(DEV)/bin/python benchmarks/speed.py

quality: install
	$(DEV)/bin/python benchmarks/quality.py

clean:
	rm -rf $(DEMO) $(DEV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(DEMO)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

# torch goes first: a bare "torch" would fetch the build with gigabytes of CUDA.
$(DEV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(DEV)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
