"""Tests, and what they take: servers that are really run. Those that run side by side have a log of their own each."""

import atexit
import os
import shutil
import tempfile

# Before anything reads it; the servers that are started take it over.
os.environ["ASSISTANT_STATE"] = tempfile.mkdtemp()
atexit.register(shutil.rmtree, os.environ["ASSISTANT_STATE"], ignore_errors=True)
