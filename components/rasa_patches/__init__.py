"""Every change we make to how Rasa and Sanic behave, a module each, and `install`, which makes them all.

Rasa has no setting for any of them. Each module says what it changes and why. `tests/unit/test_rasa_patches.py` fails when the
locked version of Rasa or Sanic changes: then read each module here against the new version.
"""

from __future__ import annotations


def install() -> None:
    """Makes all changes; called again, it changes nothing.

    The store of conversations calls it, since it is the first of our parts that Rasa makes, whichever command was typed.
    Importing this package changes nothing and loads no Rasa.
    """
    from components.rasa_patches import graph_runner, model_checksum, refused_start, remote_action, request_limits, store_wrapper

    for patch in (graph_runner, model_checksum, refused_start, remote_action, request_limits, store_wrapper):
        patch.install()
