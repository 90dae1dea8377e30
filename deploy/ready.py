"""Waits until the server answers, for the units in deploy/systemd/: `python -m deploy.ready PID`.

Returns 1 as soon as the process PID has exited, because then nothing will answer.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.request
from http.client import HTTPException

from runtime.environment import server_address

PAUSE = 0.5  # seconds
TIMEOUT = 2.0  # seconds
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy of the environment stands between


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    return True


def answers(address: str) -> bool:
    try:
        with DIRECT.open(address, timeout=TIMEOUT):
            return True
    except (OSError, ValueError, HTTPException):  # also if another program listens there
        return False


def main(pid: int) -> int:
    address = f"http://{server_address()}/webhooks/web/alive"
    while not answers(address):
        if not is_running(pid):
            print("The server has exited. Its last line above says why.", file=sys.stderr)
            return 1
        time.sleep(PAUSE)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
