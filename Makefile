# One word each. `make demo` and `make test` do all the set-up they need, into this checkout.
UV       := .tools/uv/bin/uv
RUN      := $(UV) run --no-sync
STAMP    := .tools/synced
PYTHON   ?= python3
export UV_PROJECT_ENVIRONMENT := .venv
# The certificates of the machine, as pip uses them: a company's proxy may have its own.
export UV_SYSTEM_CERTS := 1

.PHONY: demo test lint types bench docs tools clean help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(STAMP) ## run the demo bot under deskwatch and print the page's address
	$(RUN) deskwatch demo

test: $(STAMP) tools ## all tests, with the real programs where they can be had
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) lint-imports
	. .tools/environment && $(RUN) pytest

lint: $(STAMP) ## ruff and the layers
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) lint-imports

types: $(STAMP) ## mypy, strict
	$(RUN) mypy

bench: $(STAMP) tools ## measure beside the peers; one JSON object each
	$(UV) sync --frozen --quiet --all-extras --group bench
	. .tools/environment && for script in bench/*.py; do $(RUN) python $$script || exit 1; done

docs: $(STAMP) ## run every block of the docs and check what they promise
	. .tools/environment && $(RUN) pytest tests/docs

tools: $(UV) ## the real programs that tests compare with (Debian's packages; needs root), and the clients they run in
	@scripts/install-test-tools .tools
	@scripts/install-test-clients .tools

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "deskwatch needs Python 3.11 or newer as $(PYTHON)" >&2; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools/uv uv

$(STAMP): pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet --python $(PYTHON) --all-extras
	@touch $@

clean: ## remove what the targets made
	rm -rf .venv .tools .mypy_cache .ruff_cache .import_linter_cache .hypothesis
