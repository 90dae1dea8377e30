"""Every change we make to how Rasa and Sanic behave, one module each, and `install`, which makes them.

Rasa has no setting for any of them. Each module says what it changes and why. `cors_preflight` needs the running app, so the web
channel calls it. `tests/unit/test_rasa_patches.py` fails when the locked version of Rasa or Sanic changes: then read each module
here against the new version.
"""

from __future__ import annotations


def install() -> None:
    """Makes the changes; called again, it does nothing new.

    The store of conversations calls it, since Rasa makes that one first of all our parts, whichever command was typed.
    Importing this package changes nothing and loads no Rasa.
    """
    from components.rasa_patches import graph_runner, model_checksum, refused_start, remote_action, request_limits, store_wrapper

    for patch in (graph_runner, model_checksum, refused_start, remote_action, request_limits, store_wrapper):
        patch.install()
