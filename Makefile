# make run    start Tessera       (ARGS="LAYOUT.png --bank B.bank" passes arguments on)
# make test   lint, types, import rules and all tests
# make check  the same without the tests
# make examples       make the examples' pictures anew, after the bundled bank or its networks changed
# make render-setup   add Blender's Cycles, to render landscapes with
# Each does all set-up itself. TORCH=cpu (default) or TORCH=cuda chooses the build of torch.

TORCH ?= cpu
VENV  ?= .venv
ARGS  ?=
BIN   := $(VENV)/bin

.PHONY: run test check lint format system examples render-setup clean
.DEFAULT_GOAL := run

run:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup run
	$(BIN)/python main.py $(ARGS)

test:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup test
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -q $(ARGS)

check:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup test
	@$(MAKE) --no-print-directory lint

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

system:
	@VENV=$(VENV) .ci/setup system

examples:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup run
	$(BIN)/python -m app.make_examples

# without its dependencies: it asks for a NumPy older than ours, and does not need it
render-setup:
	@TORCH=$(TORCH) VENV=$(VENV) .ci/setup run
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps "$$($(BIN)/python -c \
		'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["render"])')"

clean:
	rm -rf $(VENV) .ruff_cache .pytest_cache .hypothesis .import_linter_cache
