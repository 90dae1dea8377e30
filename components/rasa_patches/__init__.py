"""Our patches to Rasa and Sanic, one module each, and `install`, which applies them.

Rasa has no setting for any of these. Each module says what it changes and why. `cors_preflight` and `version_banner` need the
running app, so the web channel calls them; `unused_imports` has to come before Rasa, and `quick_training` is of no use later, so
`commands.rasa` calls these two.
`tests/unit/test_rasa_patches.py` fails when the locked version of Rasa or Sanic changes. If it does, check each module here
against the new version.
"""

from __future__ import annotations


def install() -> None:
    """Applies the patches. Calling it again is harmless.

    The conversation store calls it, because Rasa creates the store before any other part of ours, whatever the command.
    Importing this package patches nothing and does not import Rasa.
    """
    from components.rasa_patches import (
        graph_runner,
        message_processor,
        model_archive,
        refused_start,
        remote_action,
        request_limits,
        slot_copies,
        store_wrapper,
        stored_domain,
    )

    for patch in (
        graph_runner,
        message_processor,
        model_archive,
        refused_start,
        remote_action,
        request_limits,
        slot_copies,
        store_wrapper,
        stored_domain,
    ):
        patch.install()
