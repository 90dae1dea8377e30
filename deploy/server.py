"""The command of the container: an action server and Rasa, as `make run` has them, with their lines on the standard output."""

from __future__ import annotations

import os
import signal
import sys

from deploy.local import Servers, stop


def main() -> None:
    """Keeps both running until it is told to stop, and then lets the turns that are under way finish."""
    os.umask(0o077)  # conversations and keys are nobody else's business
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    servers = Servers(sys.stdout)
    try:
        servers.keep()
    finally:
        stop(servers.processes)


if __name__ == "__main__":
    main()
