# `make run` and `make test` do all the set-up; the other targets are for those who work on the assistant.
PORT ?= 5005
ACTION_PORT ?= 5055
HOST ?= 127.0.0.1
MINUTES ?= 30
MODEL := models/assistant.tar.gz
SHELL := /bin/bash
PYTHON := .venv/bin/python
DEV := .venv-dev/bin

export PORT ACTION_PORT HOST
export CONVERSATIONS_DB ?= .run/conversations.db
# No telemetry, no error reports to anyone, no progress bars, no chatter of TensorFlow (imported by Rasa, not used).
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export TQDM_DISABLE := 1
export PYTHONWARNINGS := ignore
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: run shell train test check format bench bench-nlu soak prove sizing docs lock audit forget clean
.DEFAULT_GOAL := run

run: $(MODEL)  ## everything: environment, training when needed, action server, Rasa
	@$(PYTHON) -m commands.run

shell: $(MODEL)  ## the same assistant in the terminal
	@$(PYTHON) -m commands.run --shell

train: $(MODEL)

test: .venv/installed .venv-dev/installed  ## what .ci/run runs
	@bash tests/run.sh

check: .venv/installed  ## the project's own consistency, and answers that are due for review
	@$(PYTHON) -m commands.check

format: .venv-dev/installed
	@$(DEV)/ruff format . && $(DEV)/ruff check --fix .

bench: $(MODEL)  ## speed and size beside Rasa as it comes; writes docs/performance.md
	@MPLBACKEND=Agg $(PYTHON) -m benchmarks.performance

bench-nlu: $(MODEL)  ## how well it understands; writes docs/understanding.md
	@OMP_NUM_THREADS=1 MPLBACKEND=Agg $(PYTHON) -m benchmarks.understanding

soak: $(MODEL)  ## MINUTES=30: mixed conversations with faults; ends with an error when a turn was lost; writes docs/reliability.md
	@MINUTES=$(MINUTES) MPLBACKEND=Agg $(PYTHON) -m benchmarks.soak

prove: $(MODEL)  ## three processes behind nginx on PostgreSQL, killed and restarted while 300 visitors talk; takes Debian's nginx and postgresql
	@$(PYTHON) -m benchmarks.cluster

sizing: $(MODEL)  ## what a turn and a conversation cost, and what that means for a chain of clinics; takes Debian's postgresql
	@$(PYTHON) -m benchmarks.sizing

docs: .venv/installed  ## writes the generated documents
	@$(PYTHON) -m commands.docs

forget: .venv/installed  ## SENDER=<conversation id, session token or platform:user>: erases one conversation at once
	@$(PYTHON) -m commands.forget "$(SENDER)"

lock: .venv-dev/installed  ## after a change of requirements*.in or overrides.in
	@lock() { $(DEV)/uv pip compile --quiet --upgrade --python-platform x86_64-manylinux_2_28 --python-version 3.10 --generate-hashes --no-annotate --custom-compile-command "make lock" "$$@"; }; \
	lock --override overrides.in requirements.in -o requirements.txt && lock requirements-dev.in -o requirements-dev.txt

audit: .venv/installed .venv-dev/installed  ## known holes in what is locked, but for the exceptions in deploy/audit.yml
	@$(PYTHON) -m commands.audit

clean:
	@rm -rf .venv .venv-dev .run .rasa models/*.tar.gz*

# A new model when anything it is made of changes.
$(MODEL): .venv/installed config.yml domain.yml $(shell find data/nlu data/responses data/rules -name '*.yml') $(shell find components/understanding components/dialogue -name '*.py')
	@echo "Training (about a minute) ..."
	@mkdir -p .run && $(PYTHON) -m rasa train --skip-validation --fixed-model-name assistant --out models > .run/train.log 2>&1 || { tail -n 30 .run/train.log; exit 1; }
	@cd models && sha256sum $(notdir $(MODEL)) > $(notdir $(MODEL)).sha256 && touch $(notdir $(MODEL))

.venv/installed: requirements.txt
	@$(call make_environment,.venv,requirements.txt)

.venv-dev/installed: requirements-dev.txt
	@$(call make_environment,.venv-dev,requirements-dev.txt)

# $(1): the environment's folder, $(2): its lock. Rasa 3.6 needs Python 3.10: on a newer one pip would quietly take Rasa 1.10.
define make_environment
for python in python3.10 python3 python; do \
  if $$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; then found=$$python; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "Python 3.10 is needed (Rasa 3.6 runs on no newer one) and was not found. Install it, for example with 'pyenv install 3.10', and try again."; exit 1; \
fi; \
echo "Installing $(2) into $(1) (two or three minutes the first time) ..."; \
rm -rf $(1) && $$found -m venv $(1) || { echo "Python's venv module is needed, too; on Ubuntu: apt-get install python3.10-venv"; exit 1; }; \
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(2) 2> $(1)/install.log \
  || { cat $(1)/install.log; exit 1; }; \
touch $(1)/installed
endef
