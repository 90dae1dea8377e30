#!/usr/bin/env bash
# All checks, in the order in which they fail fastest. `make test` has made both environments before.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== format and lint"
.venv-dev/bin/ruff format --check . && .venv-dev/bin/ruff check .
.venv-dev/bin/yamllint --strict .
.venv-dev/bin/hadolint deploy/Containerfile
.venv-dev/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yml
.venv-dev/bin/kubernetes-validate --strict --quiet deploy/kubernetes/*.yml

echo "== the project's own consistency"
make --no-print-directory check

echo "== Rasa's validation, and the model meanwhile"
.venv/bin/python -m rasa data validate --fail-on-warnings > .venv/validate.log 2>&1 & validation=$!
make --no-print-directory train
wait "$validation" || { cat .venv/validate.log; exit 1; }

echo "== tests"
alone=(tests/attacks/test_connections.py tests/test_cluster.py)
.venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder "${alone[@]/#/--ignore=}"
# How long a neighbour waits during an attack, and a visitor while processes are killed: nothing else may run.
.venv/bin/python -m pytest "${alone[@]}"
