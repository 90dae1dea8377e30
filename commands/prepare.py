"""Does once what every start would otherwise repeat. Training ends with it, and so does the build of the container image.

It unpacks the model, and writes down the compiled patterns and whatever else takes long to work out.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from components.rasa_patches import unused_imports
from runtime import compiled_patterns
from runtime.data_files import read_yaml
from runtime.environment import setting
from runtime.paths import ROOT

MESSAGES = ("Does it hurt? I'm 34.", "¿Duele? Tengo 34 años.")  # in each language, so that what only a message loads is there too


def main() -> None:
    patterns = compiled_patterns.install(records=True)
    unused_imports.install()
    model = ROOT / setting("MODEL")
    _unpack(model)
    asyncio.run(_rehearse(model))
    if not patterns.write():
        sys.exit("models/prepared cannot be written, so each start has to work out what belongs there. Is the folder writable?")


def _unpack(model: Path) -> None:
    from components.rasa_patches.model_archive import unpacked

    with tempfile.TemporaryDirectory() as spare:
        if unpacked(model, Path(spare)) == Path(spare):
            sys.exit("The model cannot be unpacked next to its archive, so each start has to unpack it. Is the folder writable?")


async def _rehearse(model: Path) -> None:
    """Loads what a server loads, and reads a message in each language."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    from components import rasa_patches

    configure_structlog(logging.WARNING)

    rasa_patches.install()
    channels = (name.rpartition(".")[0] for name in read_yaml(ROOT / "credentials.yml"))
    for module in ("rasa.__main__", "rasa.core.run", *filter(None, channels)):
        import_module(module)
    agent = Agent.load(model)
    for message in MESSAGES:
        await agent.parse_message(message)


if __name__ == "__main__":
    main()
