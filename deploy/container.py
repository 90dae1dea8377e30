"""The container's command: runs an action server and Rasa the way `make run` does, and logs to standard output."""

from __future__ import annotations

import os
import signal
import sys

from commands.run import Servers, health, pass_on_hangups, refuse_wrong_settings, stop, wait_until_ready
from runtime.environment import server_address


def main() -> int:
    """Keeps both running until somebody stops the container, and then lets them finish their current turns.

    Returns 1 if Rasa does not start with its model: a container that exits gets no visitors, and the rollout stops there.
    """
    os.umask(0o077)  # other users must not read conversations and keys
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    refuse_wrong_settings()
    address = f"http://{server_address()}/webhooks/web"
    servers = Servers(sys.stdout)
    pass_on_hangups(servers.processes)
    try:
        if not wait_until_ready(f"{address}/alive", servers.processes) or not health(address)["model"]:
            return 1
        servers.supervise()
    finally:
        stop(servers.processes)


if __name__ == "__main__":
    sys.exit(main())
