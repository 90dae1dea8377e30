# `make run` and `make test` set up everything they need. `make help` lists all targets.
MINUTES ?= 30
MODEL := models/assistant.tar.gz
SHELL := /bin/bash
PYTHON := .venv/bin/python
DEV := .venv-dev/bin

# A visitor may have chosen this text, so neither make nor a shell may expand it. The command gets it unchanged.
override SENDER := $(value SENDER)
override FILE := $(value FILE)
override FROM := $(value FROM)
override TO := $(value TO)
override CLINIC := $(value CLINIC)

export MINUTES SENDER FILE FROM TO CLINIC
export MPLBACKEND := Agg
# No telemetry, no error reports, no progress bars, no chatter from TensorFlow (Rasa imports it, but we do not use it).
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export TQDM_DISABLE := 1
# Deprecation warnings in libraries that Rasa pins.
export PYTHONWARNINGS := ignore
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help run demo shell install doctor train test test-fast test-all test-cluster check review format bench bench-nlu bench-answers \
  bench-check soak sizing docs picture screenshots report forget export lock upgrade audit sbom clean purge
.DEFAULT_GOAL := run

help:  ## shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(MODEL)  ## starts the assistant: installs and trains if needed, then runs the action server and Rasa
	@$(PYTHON) -m commands.run

demo: $(MODEL)  ## shows the assistant on the page of an invented clinic that has filled in everything
	@$(PYTHON) -m commands.demo

shell: $(MODEL)  ## starts the assistant in the terminal
	@$(PYTHON) -m commands.shell

install: .venv/installed .venv-dev/installed  ## installs both environments, and nothing else

# Before the installation, any Python will do.
doctor:  ## says what is missing or wrong on this machine and in clinic.yml, and how to fix it; changes nothing
	@if [ -e .venv/installed ]; then exec $(PYTHON) -m commands.doctor; else exec python3 -m commands.doctor; fi

train: $(MODEL)  ## trains the model, if anything that goes into it has changed

test-fast: .venv/installed .venv-dev/installed  ## runs lint, types, consistency and unit tests, without Rasa
	@bash tests/run.sh --fast

test: .venv/installed .venv-dev/installed  ## runs all checks that a change must pass; CI runs this
	@bash tests/run.sh

test-all: .venv/installed .venv-dev/installed  ## runs the slow tests too
	@bash tests/run.sh --all

test-cluster: $(MODEL)  ## MINUTES=30: breaks parts of three processes with nginx and PostgreSQL while 300 visitors talk
	@$(PYTHON) -m benchmarks.cluster

check: .venv/installed  ## checks that the parts of the project fit together, and lists answers and facts due for review
	@$(PYTHON) -m commands.check

review: .venv/installed  ## writes a sheet of all texts with their facts and sources, for a clinician to read and sign
	@$(PYTHON) -m commands.review

format: .venv-dev/installed  ## formats the Python files, and fixes what the linter can fix
	@$(DEV)/ruff format . && $(DEV)/ruff check --fix .

bench: $(MODEL)  ## compares speed and size with stock Rasa; writes docs/performance.md
	@$(PYTHON) -m benchmarks.performance

bench-nlu: $(MODEL)  ## measures how well it understands; writes docs/understanding.md
	@OMP_NUM_THREADS=1 $(PYTHON) -m benchmarks.understanding

bench-answers: $(MODEL)  ## measures how many questions get the answer that was asked for; writes docs/answers.md
	@$(PYTHON) -m benchmarks.answers

bench-check: $(MODEL)  ## measures how well the check reads what people tell it; writes docs/candidacy_reading.md
	@$(PYTHON) -m benchmarks.check

soak: $(MODEL)  ## MINUTES=30: breaks parts while visitors talk; fails if a turn is lost; writes docs/reliability.md
	@$(PYTHON) -m benchmarks.soak

sizing: $(MODEL)  ## measures what a turn, a conversation and a clinic cost, and what a chain of clinics needs
	@$(PYTHON) -m benchmarks.sizing
	@$(PYTHON) -m benchmarks.clinics

docs: .venv/installed  ## writes the generated documents
	@$(PYTHON) -m commands.docs

picture: $(MODEL)  ## films a conversation in the system's Chromium; writes docs/conversation.gif
	@$(PYTHON) -m commands.picture

report: .venv/installed  ## FROM=2026-11-02 TO=2026-11-08 CLINIC=…: writes the figures as a page and a table; without dates, last week; CLINIC='*': each clinic
	@$(PYTHON) -m commands.report

screenshots: $(MODEL)  ## photographs the chat on screens of many kinds; writes to .run/screenshots
	@$(PYTHON) -m commands.screenshots

forget: .venv/installed  ## SENDER='…': erases one conversation, by its id, a session token, or platform:user
	@$(PYTHON) -m commands.forget

export: .venv/installed  ## SENDER='…' FILE='…': writes all that is kept of one person as JSON, to FILE or to the terminal
	@$(PYTHON) -m commands.export

lock: .venv/installed .venv-dev/installed  ## updates the lock files after a change to requirements*.in, overrides.in or serving.in; keeps all other versions
	@lock() { $(DEV)/uv pip compile --quiet $(UPGRADE) --python-platform x86_64-manylinux_2_28 --python-version 3.10 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" "$$@"; }; \
	lock --override overrides.in requirements.in -o requirements.txt && lock requirements-dev.in -o requirements-dev.txt
	@$(PYTHON) -m commands.lock_serving

upgrade: UPGRADE := --upgrade
upgrade: lock  ## updates the lock files to the newest versions that the pins allow

audit: .venv/installed .venv-dev/installed  ## looks for known vulnerabilities in the locked packages, except those in deploy/audit.yml
	@$(PYTHON) -m commands.audit

sbom: .venv/installed .venv-dev/installed  ## FILE='…': writes the list of all parts as CycloneDX JSON, to FILE or to the terminal
	@$(PYTHON) -m commands.sbom

clean:  ## deletes everything that can be rebuilt; keeps conversations, logs and the session secret
	@rm -rf .venv .venv-dev .rasa .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage* models/*.tar.gz* models/prepared models/unpacked
	@rm -rf .run/stock .run/tests-* .run/train.log
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

purge:  ## deletes that, and conversations, logs and the session secret too; asks first (CONFIRM=yes)
	@if [ "$$CONFIRM" != yes ]; then \
	  if [ ! -t 0 ]; then echo "make purge can only ask on a terminal. Elsewhere, set CONFIRM=yes."; exit 1; fi; \
	  read -r -p "Permanently delete all conversations, all logs and the session secret in .run? Type yes: " answer; \
	  if [ "$$answer" != yes ]; then echo "Nothing was deleted."; exit 1; fi; \
	fi
	@$(MAKE) --no-print-directory clean
	@rm -rf .run

# A model contains the settings, the messages, the texts and rules (Rasa stores the domain), and whatever the trained components
# have learned: those in components/understanding, and the policy. Training reads the lexicon and the languages' words, too. All
# other code, the rest of data/understanding, data/check.yml, the questionnaire and the translations are read at startup, so changing them does not
# require a new model.
LEXICON := $(wildcard data/understanding/concepts/*.yml data/understanding/glosses/*/*.yml data/understanding/statements/*/*.yml \
  $(addprefix data/understanding/,about_whom.yml answer_patterns.yml ages.yml entities.yml frames.yml given_names.yml grammar.yml))
LEARNT_FROM := config.yml domain.yml data/understanding/languages.yml $(LEXICON) $(wildcard data/responses/*.yml) \
  $(shell find data/nlu data/rules -name '*.yml')
LEARNT_BY := $(shell find components/understanding -name '*.py') components/dialogue/turn_policy.py components/intents.py
$(MODEL): .venv/installed $(LEARNT_FROM) $(LEARNT_BY)
	@echo "Training (about four minutes) ..."
	@mkdir -p -m 700 .run && rm -rf models/prepared && $(PYTHON) -m commands.rasa train --skip-validation --fixed-model-name assistant --out models > .run/train.log 2>&1 \
	  || { tail -n 30 .run/train.log; exit 1; }
	@cd models && sha256sum $(notdir $(MODEL)) > $(notdir $(MODEL)).sha256 && touch $(notdir $(MODEL)) && rm -rf unpacked
	@$(PYTHON) -m commands.prepare

.venv/installed: requirements.txt
	@$(call make_environment,.venv,requirements.txt)

.venv-dev/installed: requirements-dev.txt
	@$(call make_environment,.venv-dev,requirements-dev.txt)

# $(1): the environment's folder, $(2): its lock file. Rasa 3.6 needs Python 3.10; on a newer one, pip would install Rasa 1.10.
define make_environment
for python in python3.10 python3 python; do \
  if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then exec $$python -m commands.install $(1) $(2); fi; \
done; \
echo "Could not find Python 3.10, and Rasa 3.6 does not run on anything newer. See \"Requirements\" in README.md."; exit 1
endef
