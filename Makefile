# The commands of this project. Python 3.11 or newer is all they ask for; .venv is made by the first one.

PORT ?= 8000
TESTS ?= tests
WORKERS ?= 2
STEPS ?= 2000
SEED ?= 0
LENGTH ?= 100
TEMPLATES ?= 100000
CASES ?= 10000
PYTHON_VENV := .venv/bin/python

.PHONY: help venv demo demo-reset test check bench fuzz api-cases chaos histories mutants translations lock

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

venv: ## make or refresh .venv from requirements/dev.txt
	@sh scripts/venv.sh

demo: venv ## run the whole site on http://127.0.0.1:8000 (PORT= for another); Ctrl-C stops all of it
	@exec $(PYTHON_VENV) -m marketplace.demo --port $(PORT)

demo-reset: venv ## throw the demo's data away; the next `make demo` starts over
	@$(PYTHON_VENV) -m marketplace.demo --reset

test: venv ## all tests (TESTS=path for some, ARGS= for pytest's own arguments)
	@$(PYTHON_VENV) -m pytest -n $(WORKERS) --dist loadfile $(ARGS) $(TESTS)

check: venv ## linters, types, architecture, migrations, deployment settings, known vulnerabilities
	@sh scripts/check.sh

bench: venv ## measure; a table here, JSON in .local/bench/
	@$(PYTHON_VENV) -m tests.bench $(ARGS)

fuzz: venv ## the template language on templates made by chance (TEMPLATES=100000, SEED= to repeat)
	@$(PYTHON_VENV) -m tests.listings.fuzz --templates $(TEMPLATES) --seed $(SEED)

api-cases: venv ## ask the whole API what its schema allows, as everybody (CASES=10000, SEED= to repeat)
	@API_CASES=$(CASES) API_SEED=$(SEED) $(PYTHON_VENV) -m pytest $(ARGS) tests/marketplace/api/test_cases.py

histories: venv ## random histories of money (STEPS=100000, SEED= to repeat one, LENGTH= steps in each)
	@$(PYTHON_VENV) -m tests.payments.histories --steps $(STEPS) --seed $(SEED) --length $(LENGTH) --workers $(WORKERS) $(ARGS)

chaos: venv ## purchases while all processes are killed (ARGS="--purchases 500 --seconds 300 --seed 1")
	@exec $(PYTHON_VENV) -m tests.chaos $(ARGS)

mutants: venv ## take each protection of the money path out and see a test fail (ARGS="--only 8,17")
	@$(PYTHON_VENV) -m tests.mutants $(ARGS)

translations: venv ## collect the messages to translate into marketplace/locale/
	@$(PYTHON_VENV) -m common.translations_extract

lock: venv ## compile requirements/*.txt from pyproject.toml again
	@sh scripts/lock.sh
