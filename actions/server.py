"""Runs the action server on loopback, and only there: Rasa's own entry listens on every address."""

from __future__ import annotations

import os

from rasa_sdk.endpoint import create_app
from sanic import Sanic

if __name__ == "__main__":
    app: Sanic = create_app("actions.actions")
    app.run("127.0.0.1", int(os.environ.get("ACTION_PORT", "5055")), access_log=False, workers=1)
