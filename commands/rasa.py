"""Rasa's own command line for a serving process, which loads only what serving needs: `python -m commands.rasa run …`."""

from __future__ import annotations

import signal
import sys

from components.rasa_patches import unused_imports


def main() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal, or a wish to reload, must not end a turn
    unused_imports.install()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    if sys.argv[1:2] != ["run"]:
        sys.exit("This only runs the server: `python -m commands.rasa run …`. For all else, use `python -m rasa`.")
    main()
