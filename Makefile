# make demo · make portal · make test · make prove · make lint · make words · make docs · make bench · make clean:
# each sets up .venv by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LAB ?= slope
SPREAD := -n 3 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile

unexport PYTHONDONTWRITEBYTECODE  # else each process compiles torch and the tests anew

# Each step says how long it took.
TIMED := @bash -c 'echo "$$*"; "$$@" || exit; echo "-- $$*: $$SECONDS s"' -

# Processes fill the processors: threads of theirs that wait for each other would only spin.
test thorough prove: export OMP_NUM_THREADS := 1
test thorough prove: export OPENBLAS_NUM_THREADS := 1

.PHONY: demo portal test thorough fresh prove lint words docs bench clean setup

demo: $(READY)  ## grade the sample class and print the table
	$(BIN)/autograder grade submitted -a $(LAB) --timeout 5 --allow-weak-isolation

portal: $(READY)  ## a portal with the sample course, on this machine only, and links to sign in
	mkdir -p build/portal
	cp -R reference assignments nbgrader_config.py build/portal
	@$(BIN)/autograder portal link --course build/portal student-01
	@$(BIN)/autograder portal link --course build/portal --instructor Instructor
	$(BIN)/autograder serve --course build/portal

test: $(READY)  ## everything that CI checks; ends on pytest's summary
	$(MAKE) --no-print-directory --jobs 2 lint prove  # mypy leaves a processor idle
	$(TIMED) $(BIN)/pytest $(SPREAD)

thorough: $(READY)  ## the tests that take minutes as well: attacks on every ground, kills, a cluster
	$(TIMED) $(BIN)/autograder verify
	$(TIMED) $(BIN)/pytest $(SPREAD) -m 'thorough or not thorough'

prove: $(READY)  ## references, checks, mistakes and examples of all labs are right
	$(TIMED) $(BIN)/autograder verify --quick

fresh: $(READY)  ## assignments are what the references make, and give no solution away
	$(BIN)/autograder build --check

lint: $(READY)
	$(TIMED) $(BIN)/ruff check .
	$(TIMED) $(BIN)/ruff format --check .
	$(TIMED) $(BIN)/mypy
	$(TIMED) $(BIN)/lint-imports

words: $(READY)  ## compile the catalogues of sentences after an edit
	$(BIN)/python -m babel.messages.frontend compile -d autograder/words/locale -D 'feedback command'

docs: $(READY)  ## the documentation site, into build/site: no link leads nowhere
	$(BIN)/python docs/site/build_site.py

bench: $(READY)
	$(BIN)/python benchmarks/throughput.py

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(TIMED) $(PIP) --upgrade 'pip>=25.3'  # which looks through an index in a third of the time
	$(TIMED) $(PIP) -c constraints.txt -e '.[dev]'
	$(TIMED) $(BIN)/python -c 'from autograder.worker.entry import warm_up; warm_up()'  # compiled once
	touch $(READY)

clean:
	rm -rf $(VENV) graded build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
