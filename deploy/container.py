"""The command of the container: an action server and Rasa, as `make run` has them, with their logs on the standard output."""

from __future__ import annotations

import os
import signal
import sys

from commands.run import Servers, health, stop, wait_until_ready
from runtime.environment import setting


def main() -> int:
    """Keeps both running until somebody stops the container, and then lets them finish the turns that they are in.

    Returns 1 when Rasa does not start with its model: a container that ends gets no visitors, and a roll-out stops there.
    """
    os.umask(0o077)  # conversations and keys are nobody else's business
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = f"http://127.0.0.1:{setting('PORT')}/webhooks/web"
    servers = Servers(sys.stdout)
    try:
        if not wait_until_ready(f"{address}/alive", servers.processes) or not health(address)["model"]:
            return 1
        servers.supervise()
    finally:
        stop(servers.processes)


if __name__ == "__main__":
    sys.exit(main())
