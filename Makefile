# `make run` and `make test` do all the set-up. `make help` lists every target.
PORT ?= 5005
ACTION_PORT ?= 5055
HOST ?= 127.0.0.1
MINUTES ?= 30
MODEL := models/assistant.tar.gz
SHELL := /bin/bash
PYTHON := .venv/bin/python
DEV := .venv-dev/bin

# A visitor may have chosen it, so neither make nor a shell ever expands it: its text goes to the command as it stands.
override SENDER := $(value SENDER)

export PORT ACTION_PORT HOST MINUTES SENDER
export CONVERSATIONS_DB ?= .run/conversations.db
export MPLBACKEND := Agg
# No telemetry, no error reports to anyone, no progress bars, no chatter of TensorFlow (imported by Rasa, not used).
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export TQDM_DISABLE := 1
# Deprecation warnings of other people's libraries, which Rasa pins.
export PYTHONWARNINGS := ignore
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help run shell install train test test-fast test-all test-cluster check format bench bench-nlu soak sizing docs picture \
  forget lock upgrade audit clean purge
.DEFAULT_GOAL := run

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(MODEL)  ## the whole assistant: environment, training when needed, action server, Rasa
	@$(PYTHON) -m commands.run

shell: $(MODEL)  ## the same assistant in the terminal
	@$(PYTHON) -m commands.run --shell

install: .venv/installed .venv-dev/installed  ## both environments, and nothing else

train: $(MODEL)  ## the model, when something that it is made of has changed

test-fast: .venv/installed .venv-dev/installed  ## lint, types, consistency and unit tests, without Rasa
	@bash tests/run.sh --fast

test: .venv/installed .venv-dev/installed  ## every test that fits into a quarter of an hour; CI runs this
	@bash tests/run.sh

test-all: .venv/installed .venv-dev/installed  ## the tests that take longer, too
	@bash tests/run.sh --all

test-cluster: $(MODEL)  ## three processes behind nginx on PostgreSQL, killed and restarted while 300 visitors talk
	@$(PYTHON) -m benchmarks.cluster

check: .venv/installed  ## whether the project's parts fit together, and which answers are due for review
	@$(PYTHON) -m commands.check

format: .venv-dev/installed  ## formats the Python files, and mends what the linter can mend
	@$(DEV)/ruff format . && $(DEV)/ruff check --fix .

bench: $(MODEL)  ## speed and size beside stock Rasa; writes docs/performance.md
	@$(PYTHON) -m benchmarks.performance

bench-nlu: $(MODEL)  ## how well it understands; writes docs/understanding.md
	@OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.understanding

soak: $(MODEL)  ## MINUTES=30: visitors talk while parts break; fails when a turn is lost; writes docs/reliability.md
	@$(PYTHON) -m benchmarks.soak

sizing: $(MODEL)  ## what a turn and a conversation cost, and what a chain of clinics needs
	@$(PYTHON) -m benchmarks.sizing

docs: .venv/installed  ## writes the generated documents
	@$(PYTHON) -m commands.docs

picture: $(MODEL)  ## films a conversation in the system's Chromium; writes docs/conversation.gif
	@$(PYTHON) -m commands.picture

forget: .venv/installed  ## SENDER='…': erases one conversation: its id, a session token, or platform:user
	@$(PYTHON) -m commands.forget

lock: .venv-dev/installed  ## after a change of requirements*.in or overrides.in; all other versions stay
	@lock() { $(DEV)/uv pip compile --quiet $(UPGRADE) --python-platform x86_64-manylinux_2_28 --python-version 3.10 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" "$$@"; }; \
	lock --override overrides.in requirements.in -o requirements.txt && lock requirements-dev.in -o requirements-dev.txt

upgrade: UPGRADE := --upgrade
upgrade: lock  ## the newest version of everything that the pins allow

audit: .venv/installed .venv-dev/installed  ## known vulnerabilities in what is locked, but for those in deploy/audit.yml
	@$(PYTHON) -m commands.audit

clean:  ## deletes what can be made again; conversations, logs and the session secret stay
	@rm -rf .venv .venv-dev .rasa .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage* models/*.tar.gz*
	@rm -rf .run/stock .run/tests-* .run/train.log
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

purge:  ## deletes all that, and conversations, logs and the session secret as well; asks first (CONFIRM=yes)
	@if [ "$$CONFIRM" != yes ]; then \
	  if [ ! -t 0 ]; then echo "make purge asks on a terminal. Elsewhere, say CONFIRM=yes."; exit 1; fi; \
	  read -r -p "Delete every conversation, log and the session secret in .run for good? Type yes: " answer; \
	  if [ "$$answer" != yes ]; then echo "Nothing was deleted."; exit 1; fi; \
	fi
	@$(MAKE) --no-print-directory clean
	@rm -rf .run

# What a model holds: the settings, the messages, the texts and rules (Rasa stores the domain), and what the trained components
# learnt, which are those in components/understanding and the policy. All other code, data/understanding, data/check.yml and the
# questionnaire are read when the assistant starts, so they need no new model.
LEARNT_FROM := config.yml domain.yml $(shell find data/nlu data/responses data/rules -name '*.yml')
LEARNT_BY := $(shell find components/understanding -name '*.py') components/dialogue/turn_policy.py components/intents.py
$(MODEL): .venv/installed $(LEARNT_FROM) $(LEARNT_BY)
	@echo "Training (about two minutes) ..."
	@mkdir -p .run && $(PYTHON) -m rasa train --skip-validation --fixed-model-name assistant --out models > .run/train.log 2>&1 \
	  || { tail -n 30 .run/train.log; exit 1; }
	@cd models && sha256sum $(notdir $(MODEL)) > $(notdir $(MODEL)).sha256 && touch $(notdir $(MODEL))

.venv/installed: requirements.txt
	@$(call make_environment,.venv,requirements.txt)

.venv-dev/installed: requirements-dev.txt
	@$(call make_environment,.venv-dev,requirements-dev.txt)

# $(1): the environment's folder, $(2): its lock. Rasa 3.6 needs Python 3.10: on a newer one pip would quietly take Rasa 1.10.
define make_environment
for python in python3.10 python3 python; do \
  if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then exec $$python -m commands.install $(1) $(2); fi; \
done; \
echo "Python 3.10 was not found, and Rasa 3.6 runs on nothing newer. README.md, \"Requirements\", says how to install it."; exit 1
endef
