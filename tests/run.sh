#!/usr/bin/env bash
# Runs all checks, the quickest to fail first. make has already created both environments.
#   tests/run.sh          everything that a change must pass
#   tests/run.sh --fast   only what does not need Rasa, and how much of our code it runs; takes minutes
#   tests/run.sh --all    slow tests too: those marked `long`, new random examples, coverage of everything
set -euo pipefail
cd "$(dirname "$0")/.."
lane=${1:-}
case "$lane" in "" | --fast | --all) ;; *) sed -n '2,5s/^# *//p' "$0"; exit 2 ;; esac
# Silence other people's deprecation warnings and chatter, in pytest's workers and in the servers too.
export PYTHONWARNINGS=ignore SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3 RASA_TELEMETRY_ENABLED=false
# Minimum coverage of our lines and branches in percent: the measured value, rounded down, without killed processes.
UNIT_FLOOR=66 FLOOR=80
PACKAGES=(runtime actions components channels commands deploy)
output=$(mktemp)
name="" began=$SECONDS took=()

finish_stage() {
  [ -z "$name" ] || took+=("$(printf '%4d s  %s' $((SECONDS - began)) "$name")")
}

stage() {
  finish_stage
  name=$1 began=$SECONDS
  echo "== $name"
}

summary() {
  local status=$?
  finish_stage
  echo "== $([ "$status" = 0 ] && echo "Everything passed." || echo "Failed in: $name")"
  printf '%s\n' "${took[@]}"
  echo "Skipped: $(grep -c '^SKIPPED' "$output" || true)"
  grep '^SKIPPED' "$output" || true
  rm -f "$output"
}
trap summary EXIT

run_pytest() {
  .venv/bin/python "${measured[@]}" -m pytest "$@" 2>&1 | tee -a "$output"
}

report_coverage() { # $1: the floor
  .venv/bin/python -m coverage combine --quiet
  .venv/bin/python -m coverage report --skip-covered --fail-under="$1" | tail -n 3
}

# Training takes minutes, so it starts now, beside the quick checks.
[ "$lane" = --fast ] || { make --no-print-directory train > .venv/train.log 2>&1 & training=$!; }

stage "format and lint"
.venv-dev/bin/ruff format --quiet --check . && .venv-dev/bin/ruff check --quiet .
.venv-dev/bin/yamllint --strict .
.venv-dev/bin/hadolint deploy/Containerfile
.venv-dev/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yml
.venv-dev/bin/kubernetes-validate --strict --quiet deploy/kubernetes/*.yml

stage "types"
.venv-dev/bin/mypy --no-error-summary --python-executable .venv/bin/python "${PACKAGES[@]}"

stage "the project's own consistency"
make --no-print-directory check

stage "unit tests, without Rasa"
# Measuring the coverage takes as long as the tests themselves, so the lane with a time limit does without.
measured=()
[ -z "$lane" ] || { .venv/bin/python -m coverage erase; measured=(-m coverage run); }
run_pytest --numprocesses 2 tests/unit
if [ "$lane" = --fast ]; then
  report_coverage "$UNIT_FLOOR"
  exit 0
fi

stage "Rasa's validation"
.venv/bin/python -m commands.rasa data validate --fail-on-warnings > .venv/validate.log 2>&1 || { cat .venv/validate.log; exit 1; }

stage "what is left of the training"
wait "$training" || { cat .venv/train.log; exit 1; }

more=()
[ "$lane" != --all ] || more=(-m "" --hypothesis-profile=fresh)
# These measure how long others wait while callers attack or processes are killed, so nothing else may run at the same time. They
# are all slow.
alone=(tests/attacks/test_waiting.py tests/benchmarks/test_cluster.py)
stage "tests"
# These wait for servers and clocks more than they compute, so three workers keep two cores busy.
run_pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --ignore=tests/unit "${alone[@]/#/--ignore=}" "${more[@]}"
if [ "$lane" = --all ]; then
  stage "tests that run alone"
  run_pytest "${alone[@]}" "${more[@]}"
  stage "coverage"
  report_coverage "$FLOOR"
fi
