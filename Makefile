# Sapa. `make help` lists what there is to do.
.DEFAULT_GOAL := help
PYTHON ?= python3
SETUP = $(PYTHON) scripts/setup.py
BIN = .venv/bin

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## both Python environments and the browser files; skips what is done
	@$(SETUP)

.PHONY: run
run: setup ## the whole shop in the foreground with a demo catalogue; Ctrl-C stops it
	@exec $(BIN)/sapa up --with-parent $(ARGS)

.PHONY: test
test: setup ## every test: fast ones, the assistant's, whole journeys, the browser's
	@$(BIN)/python scripts/checks.py test

.PHONY: test-fast
test-fast: setup ## only the fast tests (rules, core, edges)
	@$(BIN)/python scripts/checks.py fast

.PHONY: check
check: setup ## what CI runs: format, lint, types, imports, migrations, assistant data, every test
	@$(BIN)/python scripts/checks.py check

.PHONY: format
format: setup ## bring the code into the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: train
train: setup ## train the assistant if its data changed
	@$(BIN)/sapa train

.PHONY: walk
walk: train ## 10,000 turns of customers who write anything in any order (half an hour); goes on where it was
	@$(BIN)/python scripts/walk.py $(ARGS)

.PHONY: properties
properties: setup ## stock adds up: 10,000 sequences of deeds on every core, and hundreds of rounds of races
	@SEQUENCES=$(or $(SEQUENCES),10000) $(BIN)/pytest -v -n auto tests/core/test_stock_sequences.py tests/core/test_stock_races.py

.PHONY: rolling
rolling: train ## every process twice, restarted one after the other while customers order; ten minutes
	@$(BIN)/python scripts/rolling.py $(ARGS)

.PHONY: drills
drills: train ## faults injected into real processes, the auditor after each; ARGS="--only F2 --scale 0.1"
	@$(BIN)/python scripts/drills.py $(ARGS)

.PHONY: deploy-check
deploy-check: setup ## the files in deploy/ with Helm's, Kubernetes', Docker's and Prometheus' own eyes
	@$(BIN)/python scripts/deploy_check.py $(ARGS)

.PHONY: nlu-report
nlu-report: setup ## how well the assistant understands, per intent and register
	@$(BIN)/python scripts/nlu_report.py $(ARGS)

.PHONY: talks
talks: train ## whole talks of hurried people: how many end as they were meant; ARGS="--show"
	@$(BIN)/python scripts/talks.py $(ARGS)

.PHONY: nlu-compare
nlu-compare: setup ## other ways to understand, trained and measured beside ours (takes an hour)
	@$(BIN)/python scripts/nlu_compare.py $(ARGS)

.PHONY: bench
bench: train ## the benchmark table; ARGS="--only turns --seconds 20"
	@$(BIN)/python scripts/bench.py $(ARGS)

.PHONY: lock
lock: setup ## lock requirements/*.in again
	@$(SETUP) --lock

.PHONY: clean
clean: ## remove environments, tools and caches; the shop's data in .sapa stay
	rm -rf .venv bot/.venv .tools node_modules channels/static/vendor .mypy_cache .ruff_cache .pytest_cache
