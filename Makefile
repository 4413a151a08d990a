# podcli. Every target sets up what it needs; the first run compiles llama.cpp once.
VENV := .venv
PY := $(VENV)/bin/python
TEST_MODELS ?= $(CURDIR)/.cache/test-models
CORPUS ?= ../shared/corpus
export CORPUS

.PHONY: demo test check run lint types arch format test-models corpus wer eval bench bench-whisper screenshots setup setup-dev clean help

demo: setup ## see podcli work: sample show, transcript, takeaways
	@$(VENV)/bin/podcli demo

test: setup-dev test-models ## run the tests (real Whisper and llama weights included)
	@PODCLI_TEST_MODELS=$(TEST_MODELS) $(PY) -m pytest -q

check: lint types arch test ## everything CI runs

run: setup ## open the player
	@$(VENV)/bin/podcli

lint: setup-dev ## ruff
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: setup-dev ## mypy --strict
	@$(VENV)/bin/mypy

arch: setup-dev ## import contracts
	@$(VENV)/bin/lint-imports

format: setup-dev ## put the code in shape
	@$(VENV)/bin/ruff check --fix . ; $(VENV)/bin/ruff format .

test-models: setup-dev # the small real weights that tests load
	@for model in whisper-tiny.en smollm2-135m; do \
	  folder=$(TEST_MODELS)/$$model; \
	  test ! -f $$folder/model.safetensors || grep -q '"fit":"2"' $$folder/model.safetensors || rm -r $$folder; \
	  test -f $$folder/manifest.json || PODCLI_MODELS=$(TEST_MODELS) PODCLI_HOME=$(CURDIR)/.cache/test-home \
	    $(VENV)/bin/podcli models pull $$model || exit; \
	done # a file of an earlier fit is made anew

corpus: setup-dev ## sweep the test corpus (CORPUS=folder)
	@PODCLI_TEST_MODELS=$(TEST_MODELS) $(PY) -m pytest -q tests/corpus

wer: setup-dev test-models ## word error rate over the corpus and the samples (MODEL=id)
	@PODCLI_TEST_MODELS=$(TEST_MODELS) $(PY) -m tests.bench.wer $(MODEL)

eval: setup-dev ## every figure of the insights and of answers over the corpus, beside baselines (MODEL=id)
	@$(PY) -m tests.bench.eval_chapters
	@$(PY) -m tests.bench.eval_insights $(MODEL) --json .cache/eval.json
	@$(PY) -m tests.bench.eval_ask $(MODEL) --json .cache/eval-ask.json

bench: setup-dev test-models ## start-up times, the player's screen, search, digest, and the sample episode end to end
	@$(PY) -m tests.bench.start_up
	@PODCLI_TEST_MODELS=$(TEST_MODELS) $(PY) -m tests.bench.screen
	@$(PY) -m tests.bench.search
	@$(PY) -m tests.bench.digest

bench-whisper: setup-dev ## podcli's Whisper beside faster-whisper, whisper.cpp and openai-whisper, same weights (MODEL=id)
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"])' \
	  | xargs $(PY) -m pip --disable-pip-version-check install -q
	@$(PY) -m tests.bench.bench_whisper $(MODEL)

screenshots: setup-dev ## the README's pictures, from the sample show
	@$(PY) -m tests.screenshots

setup:
	@.ci/setup

setup-dev:
	@.ci/setup dev

clean: ## remove the environment and caches (your library stays)
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
