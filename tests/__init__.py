"""Tests, and what they take: servers that are really run. Those that run side by side have a log of their own each."""

import os
import shutil
from pathlib import Path

STATE = Path(__file__).parent.parent / ".run" / f"tests-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
shutil.rmtree(STATE, ignore_errors=True)
# Before anything reads it; the servers that are started take it over.
os.environ["ASSISTANT_STATE"] = str(STATE)
