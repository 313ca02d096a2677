# Needs python3 (3.11 or newer) and make, nothing else. run.py makes .venv; ARGS goes to the command.
PYTHON ?= python3
VENV := .venv/bin
JOBS ?= 4
SEEDS ?= 2000
FROM ?= 1
OFF ?=
FOCUS ?=

.DEFAULT_GOAL := help
.PHONY: help setup dev paper test sim mutants long check format format-check lint types contracts faults reliability replays bench clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv with what running needs
	@$(PYTHON) run.py --setup

dev: ## Make .venv with the test tools too
	@$(PYTHON) run.py --setup-dev

paper: ## Trade on paper, on recorded data: make paper ARGS="--speed max"
	@$(PYTHON) run.py paper $(ARGS)

test: dev ## All tests: make test ARGS="tests/router -k gate"
	@$(VENV)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

sim: dev ## Play seeds with faults, after the router's long tests: make sim SEEDS=2000 FROM=1 (OFF=crash,kill: without; FOCUS=busy: that alone)
	@$(VENV)/python -m pytest -q -m long -n $(JOBS) --dist worksteal tests/router
	@$(VENV)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM) --off "$(OFF)" --focus "$(FOCUS)"

mutants: dev ## Let the simulation catch seeded bugs; prints caught/total, fails unless all are caught
	@$(VENV)/python -m tests.simulation.mutants $(ARGS)

long: dev ## The tests that take minutes: gate races, the soak, an hour of full load, the crash matrix (some twenty minutes on two cores)
	@$(VENV)/python -m pytest -m "long or kept" -n $(JOBS) --dist worksteal $(if $(ARGS),$(ARGS),--keep)

check: format-check lint types contracts test ## Everything that a change must pass

format: dev ## Format the code
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix-only --quiet .

format-check: dev
	@$(VENV)/ruff format --check .

lint: dev ## Look for faults in the code
	@$(VENV)/ruff check .

types: dev ## Check the types
	@$(VENV)/mypy

contracts: dev ## Check who imports whom
	@$(VENV)/lint-imports --no-logo

faults: dev ## Write docs/faults.md from the markers of the tests
	@$(VENV)/python -m tests.faults

replays: dev ## Make the journals of tests/replays anew, after a change that is meant to decide otherwise
	@$(VENV)/python -m tests.replays

reliability: dev ## Write the README's table of reliability from what make sim, mutants, long and bench have kept
	@$(VENV)/python -m tests.reliability

bench: dev ## Measure: writes benchmarks/results.json
	@$(VENV)/python -m benchmarks $(ARGS)

clean: ## Remove what can be made again (.venv and var/ stay)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
