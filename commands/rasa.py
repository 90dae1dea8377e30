"""Rasa's own command line, made faster: `python -m commands.rasa run|train|data …`.

A serving process loads only what serving needs. Training and validation handle the messages only once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from components.rasa_patches import unused_imports
from runtime import compiled_patterns
from runtime.clinic_errors import ClinicError
from runtime.environment import wrong_settings


def main() -> None:
    if sys.argv[1:2] == ["run"]:
        wrong = "\n".join(wrong_settings())
        if wrong:
            _refuse(wrong)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal, or a wish to reload, must not end a turn
        compiled_patterns.install()
        unused_imports.install()
    else:
        from components.rasa_patches import quick_training  # which imports Rasa

        quick_training.install()
    from rasa.__main__ import main as rasa

    try:
        rasa()
    except ClinicError as error:
        _refuse(str(error))


def _refuse(wrong: str) -> NoReturn:
    print(wrong, file=sys.stderr)
    sys.exit(os.EX_CONFIG)  # so that whoever started us knows that the last line says it all


if __name__ == "__main__":
    if sys.argv[1:2] not in (["run"], ["train"], ["data"]):
        sys.exit("This runs the server, training and validation. For all else, use `python -m rasa`.")
    main()
