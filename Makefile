# make demo, make test: all they need is Python 3.11 or later. Everything lands in .venv and demo/.

VENV ?= .venv
# The first Python that is new enough; choose another one with make PYTHON=...
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# What is installed for torch: name a wheel or a version of your own, as the README tells.
TORCH ?= torch
# For make train and make bench: the folder that training/README.md describes.
CATALOG ?=
# For make train and make bench: that folder's photos, unpacked.
IMAGES ?= $(CATALOG)/images
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-browser test-vlm test-spark lint format types docs docs-check check train bench clean

help:  ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | \
		awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'

demo: $(VENV)/.package  ## draw a sample catalog, tag it, show the result and the report
	$(BIN)/hangtag demo

test: $(VENV)/.dev  ## run the tests, without the slow ones
	$(BIN)/python -m pytest -n auto

test-all: $(VENV)/.dev  ## run the slow tests too
	$(BIN)/python -m pytest -n auto -m 'not browser and not vlm and not spark'

test-browser: $(VENV)/.dev  ## run the tests that drive a real Chromium, which must be installed
	$(BIN)/python -m pytest -m browser

test-vlm: $(VENV)-vlm/.dev  ## run the tests of language models, in an environment with torch
	$(VENV)-vlm/bin/python -m pytest -m vlm

test-spark: $(VENV)-spark/.dev  ## run the tests on Spark, which needs Java, in an environment of theirs
	$(VENV)-spark/bin/python -m pytest -m spark

lint: $(VENV)/.dev  ## ruff, rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev  ## mypy, strictly
	$(BIN)/mypy

docs: $(VENV)/.package  ## write the generated parts of docs/ anew
	$(BIN)/python docs/generate.py

docs-check: $(VENV)/.package  ## see that the generated parts of docs/ are fresh
	$(BIN)/python docs/generate.py --check

check: lint types docs-check test  ## what CI does, without its slow parts

train: $(VENV)/.train  ## make the compact model from a catalog: make train CATALOG=DIR
	@test -n "$(CATALOG)" || { echo "Name the catalog's folder: make train CATALOG=DIR"; exit 2; }
	$(BIN)/python -m training.drawn --work training/work
	for fold in shipped second; do for step in train export middle; do $(BIN)/python -m training.$$step \
		--catalog "$(CATALOG)" --work training/work --fold $$fold || exit; done; done
	$(BIN)/python -m training.judged --catalog "$(CATALOG)" --work training/work
	for fold in shipped second; do $(BIN)/python -m training.calibrate \
		--catalog "$(CATALOG)" --work training/work --fold $$fold || exit; done
	$(BIN)/python -m training.text_words --catalog "$(CATALOG)" --work training/work
	for step in sureness text_evidence track_record; do $(BIN)/python -m training.$$step \
		--catalog "$(CATALOG)" --images "$(IMAGES)" --work training/work || exit; done

bench: $(VENV)/.dev  ## measure what the README claims: make bench CATALOG=DIR [IMAGES=DIR/images]
	@test -n "$(CATALOG)" || { echo "Name the catalog's folder: make bench CATALOG=DIR"; exit 2; }
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/accuracy.py --catalog "$(CATALOG)/styles.csv" \
		--labels "$(CATALOG)/labels.parquet" --split "$(CATALOG)/split.csv" --images "photos=$(IMAGES)" \
		--texts "$(CATALOG)/descriptions.parquet"
	$(BIN)/python benchmarks/shown_accuracy.py --catalog "$(CATALOG)/styles.csv" \
		--labels "$(CATALOG)/labels.parquet" --split "$(CATALOG)/split.csv" --images "photos=$(IMAGES)" \
		--texts "$(CATALOG)/descriptions.parquet"
	$(BIN)/python benchmarks/teach_curve.py --catalog "$(CATALOG)/styles.csv" \
		--labels "$(CATALOG)/merchandiser_attributes.parquet" --split "$(CATALOG)/split.csv" \
		--images "photos=$(IMAGES)" --attribute "Toe Shape" --attribute "Compartment Closure"
	$(BIN)/python benchmarks/rule_hit_rates.py --catalog "$(CATALOG)" --check
	$(BIN)/python benchmarks/tag_throughput.py --catalog "$(CATALOG)/styles.csv" --images "$(IMAGES)"
	$(BIN)/python benchmarks/kill_and_resume.py

clean:  ## remove the environment and the demo
	rm -rf $(VENV) $(VENV)-vlm $(VENV)-spark demo build dist .mypy_cache .pytest_cache .ruff_cache

# The environment: made once, brought up to date when pyproject.toml changes. Installed editable, so
# that a change in src/ counts at once.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "hangtag needs Python 3.11 or later; name one: make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.package: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.package

# Torch is gigabytes, and Spark wants an older pandas: each has an environment of its own.
$(VENV)-vlm/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)-vlm
	$(VENV)-vlm/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(VENV)-vlm/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev,vlm,clip]' 'transformers[serving]'
	@touch $@

$(VENV)-spark/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)-spark
	$(VENV)-spark/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev,mlflow,spark]'
	@touch $@

$(VENV)/.train: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[train]'
	@touch $@ $(VENV)/.package
