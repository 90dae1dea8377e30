"""Limits that several parts of the code must agree on.

The timeouts form a chain. Each step must finish before the step around it gives up:
the action server's answer < one turn < draining turns at shutdown < the process exiting < its container being killed
(`stop_grace_period` in deploy/compose.yml, `terminationGracePeriodSeconds` in deploy/kubernetes).
"""

from __future__ import annotations

ACTION_TIMEOUT = 2.0  # seconds to assess the check; the rules take milliseconds
TURN_TIMEOUT = 4.5  # seconds for one turn, so that nobody waits longer than five
SHUTDOWN_TIMEOUT = 13.0  # seconds to finish the turns accepted before shutdown
STOP_TIMEOUT = 15.0  # seconds for a process to exit once we ask it to

MAX_MESSAGE_LENGTH = 5000  # characters
MIN_SECRET_LENGTH = 32  # characters of SESSION_SECRET, ACTION_SECRET and CALLBACK_SECRET

# A web chat session ends when it reaches either of these.
MAX_SESSION_IDLE = 30 * 60  # seconds since its last message; also session_expiration_time in domain.yml, in minutes
MAX_SESSION_AGE = 12 * 60 * 60  # seconds since it began
