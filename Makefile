# make demo           play two days of the bot on servers embedded in this process; no root, no account
# make demo KEEP=1    the same, then leave the servers up
# make test           format check, lint, types, the tests, and most of them again on the other supported Pythons of
#                     this machine
# make bench          the benchmarks of README.md
# make fix            mend format and lint
# make wheel          build dist/triage_bot-*.whl
# make upgrade        set constraints.txt to the newest versions that fit
# make clean          remove everything that the others made
#
# make PYTHON=/path/to/python3 ...   use this interpreter rather than the first supported one that is found

BIN := .venv/bin
DEMO := .[demo]
ALL := .[demo,test]
INSTALL := -m pip install -qq --disable-pip-version-check -c constraints.txt

# Both are looked for when a rule first needs them, and only once.
PYTHONS = $(eval PYTHONS := $(shell .ci/pythons))$(PYTHONS)
ifeq ($(origin PYTHON),undefined)
PYTHON = $(eval PYTHON := $(shell for p in python3 $$(.ci/pythons | cut -d' ' -f2); do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done))$(PYTHON)
endif
MAIN = $(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
PYTEST := -m pytest -n auto --dist worksteal
# What is left out on other Pythons: what takes minutes, what is about texts and not about what runs, and the same once
# more with another server. Laws are tried on fewer examples there (FEW).
LONG := chaos kills loops workers
TEXTS := test_architecture.py test_html_in_a_browser.py reading/test_learning.py
AGAIN := again or dovecot or chromium
OTHERS = $(filter-out $(MAIN),$(filter 3.11 3.12 3.13,$(PYTHONS)))

.PHONY: demo test lint types tests environments other-pythons bench fix wheel upgrade clean

demo: .venv/demo-ready
	@$(BIN)/python -m triage_bot.demo $(if $(KEEP),--keep)

test: .venv/ready
	@$(MAKE) --no-print-directory -j3 lint types environments
	@$(MAKE) --no-print-directory tests other-pythons

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

tests: .venv/ready
	$(BIN)/python $(PYTEST)

environments: .venv/ready
	@$(if $(OTHERS),$(MAKE) --no-print-directory $(OTHERS:%=.venv-%/ready))

other-pythons: environments
	@set -e; for v in $(OTHERS); do \
		echo "== on Python $$v, the tests that an interpreter can change"; \
		env -u CALENDAR_EXAMPLES FEW=1 .venv-$$v/bin/python $(PYTEST) -m 'not ($(AGAIN))' \
			$(patsubst %,--ignore=tests/%,$(LONG) $(TEXTS)); \
	done

bench: .venv/ready
	$(BIN)/python -m benchmarks

fix: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: .venv/ready
	$(BIN)/python -m hatchling build -t wheel

upgrade:
	@rm -rf .venv-upgrade; $(PYTHON) -m venv .venv-upgrade
	@.venv-upgrade/bin/python -m pip install -qq --disable-pip-version-check -e '$(ALL)'
	@{ sed '/^[^#]/d' constraints.txt; .venv-upgrade/bin/python -m pip freeze --exclude-editable; } > .venv-upgrade/new
	@mv .venv-upgrade/new constraints.txt; rm -rf .venv-upgrade

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

.venv/demo-ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "triage_bot needs Python 3.11, 3.12 or 3.13: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "== setting up .venv (half a minute, once)"
	@$(call environment,$(PYTHON),.venv,$(DEMO))

.venv/ready: .venv/demo-ready
	@echo "== adding what the tests need (half a minute, once)"
	@$(BIN)/python $(INSTALL) -e '$(ALL)' && touch $@

.venv-%/ready: pyproject.toml constraints.txt
	@echo "== setting up .venv-$* (a minute, once)"
	@$(call environment,$(shell .ci/pythons | sed -n 's/^$* //p'),.venv-$*,$(ALL))

define environment
$(1) -m venv --clear $(2) || { rm -rf $(2); \
	echo "$(1) cannot make virtual environments: install the package python3-venv" >&2; exit 1; }; \
$(2)/bin/python $(INSTALL) -e '$(3)' && touch $@
endef
