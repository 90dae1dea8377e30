"""The limits that several parts must agree on.

The times are a chain. Each step has to end before the one around it gives up:
the action server's answer < a turn < what is still running at a stop < the end of the process < the end of its container
(`stop_grace_period` in deploy/compose.yml, `terminationGracePeriodSeconds` in deploy/kubernetes).
"""

from __future__ import annotations

ACTION_TIMEOUT = 2.0  # seconds for the judgement of the check; the rules take milliseconds
TURN_TIMEOUT = 4.5  # seconds for one turn: nobody waits longer than five
SHUTDOWN_TIMEOUT = 13.0  # seconds for the turns that were accepted before a stop
STOP_TIMEOUT = 15.0  # seconds for a process to end once it is told to

MAX_MESSAGE_LENGTH = 5000  # characters

# A session of the web chat ends at the first of these.
MAX_SILENCE = 30 * 60  # seconds since its last message; domain.yml has the same as session_expiration_time, in minutes
MAX_SESSION_AGE = 12 * 60 * 60  # seconds since it began
