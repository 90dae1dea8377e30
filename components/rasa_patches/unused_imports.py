"""Keeps out of a serving process what Rasa and others import but it never calls, above all TensorFlow.

That is a third of the memory and of the start. In place of each module below, Python loads a stand-in with the names that
others import from it. Whatever uses one of those gets an `UnusedImportError`. Only `commands.rasa run`,
`commands.prepare` and `commands.doctor` install this: in training, `rasa shell` and the tests' own process, everything is real.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from types import ModuleType
from typing import Any, NoReturn

RASA_VERSION = "3.6.21"  # whose imports the tables below list

# Why nothing of it is called, the modules, and the names that are taken from them at import.
STAND_INS: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
    (
        "Only training, and Rasa's own trained components and policies, use it. Ours have their own classifiers.",
        {
            "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
            "rasa.utils.tensorflow.model_data": ("ragged_array_to_ndarray",),
            "rasa.utils.tensorflow.model_data_utils": (),
            "rasa.utils.train_utils": (),
        },
    ),
    (
        "Only training solves equations and multiplies sparse matrices. Our features are dense.",
        {"scipy": (), "scipy.linalg": (), "scipy.sparse": ("spmatrix",)},
    ),
    (
        "Rasa's HTTP server tests models through its API, which is off.",
        {"rasa.core.test": ("test",), "rasa.nlu.test": ("CVEvaluationResult",)},
    ),
    (
        "Conversations and their locks are in our own store, not in DynamoDB, MongoDB or Redis.",
        {
            "boto3": (),
            "boto3.dynamodb": (),
            "boto3.dynamodb.conditions": ("Key",),
            "botocore": (),
            "botocore.exceptions": ("BotoCoreError",),
            "pymongo": (),
            "pymongo.collection": ("Collection",),
            "pymongo.errors": ("ConnectionFailure", "OperationFailure"),
        },
    ),
    (
        "Our model runs without Dask: see graph_runner.py.",
        {"dask": ()},
    ),
    (
        "Nobody sets a reminder: the actions are ours, and none returns one.",
        {"apscheduler": (), "apscheduler.schedulers": (), "apscheduler.schedulers.asyncio": ("AsyncIOScheduler",)},
    ),
    (
        "Rasa loads all of its own channels, and all of them are off.",
        {
            "aiogram": ("Bot",),
            "aiogram.types": (
                *("InlineKeyboardButton", "InlineKeyboardMarkup", "KeyboardButton", "Message", "ReplyKeyboardMarkup", "Update"),
            ),
            "aiogram.utils": (),
            "aiogram.utils.exceptions": ("TelegramAPIError",),
            "fbmessenger": ("MessengerClient",),
            "fbmessenger.attachments": ("Image",),
            "fbmessenger.elements": ("Text",),
            "fbmessenger.quick_replies": ("QuickReplies", "QuickReply"),
            "fbmessenger.sender_actions": ("SenderAction",),
            "google.auth": (),
            "google.auth.transport": (),
            "google.auth.transport.requests": (),
            "google.oauth2": ("id_token",),
            "slack_sdk.web.async_client": ("AsyncWebClient",),
            "socketio": ("AsyncServer",),
            "twilio.rest": ("Client",),
            "twilio.twiml": (),
            "twilio.twiml.voice_response": ("Gather", "VoiceResponse"),
            "webexteamssdk": ("WebexTeamsAPI", "Webhook"),
        },
    ),
    (
        "Nobody types into a server: these ask questions in a terminal.",
        {
            "prompt_toolkit": (),
            "prompt_toolkit.styles": ("Style",),
            "questionary": ("Question",),
            "spacy.cli": (),
            "spacy.cli.info": ("info",),
        },
    ),
    (
        "Alembic only writes Python for a new migration, and a developer starts that.",
        {"mako": ("exceptions",), "mako.pygen": ("PythonPrinter",), "mako.template": ("Template",)},
    ),
)
# Others use these if they are there. Here they aren't, and then nobody misses them.
ABSENT = ("h5py", "keras", "matplotlib", "redis", "sklearn", "tensorflow", "torch")


class UnusedImportError(RuntimeError):
    """Something uses a module that a serving process does without. The message names it, and says why it was left out."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} was used, but a serving process does without it. {why} "
            "If that is no longer so, take it out of components/rasa_patches/unused_imports.py."
        )


class _UnusedClass(ABCMeta):
    """The class of the stand-ins for names. To call one, to call a class that inherits from one, or to ask for anything fails."""

    why: str

    def __call__(cls, *_args: Any, **_named: Any) -> NoReturn:
        raise UnusedImportError(cls.__qualname__, cls.why)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnusedImportError(f"{cls.__qualname__}.{name}", cls.why)


class StandIns(MetaPathFinder, Loader):
    """Finds the stand-ins before Python finds the real modules."""

    def __init__(self) -> None:
        self._modules = {module: (names, why) for why, modules in STAND_INS for module, names in modules.items()}

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Returns a stand-in for a listed module, and None for those that are real.

        Raises:
            ModuleNotFoundError: it is absent here, or is part of a module with a stand-in and nobody takes it at import.
        """
        if fullname in self._modules:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname in ABSENT or fullname.rpartition(".")[0] in self._modules:
            raise ModuleNotFoundError(f"A serving process does without {fullname}: see {__file__}.", name=fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own empty module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Puts the names into a stand-in."""
        names, why = self._modules[module.__name__]
        for name in names:
            # Rasa catches some of them, so all are exceptions.
            setattr(module, name, _UnusedClass(f"{module.__name__}.{name}", (Exception,), {"why": why}))

        def refuse(name: str) -> NoReturn:
            if name.startswith("__"):
                raise AttributeError(name)
            raise UnusedImportError(f"{module.__name__}.{name}", why)

        module.__dict__["__getattr__"] = refuse


def install() -> None:
    """Makes imports from now on find the stand-ins. Call it before anything imports Rasa.

    Raises:
        SystemExit: the installed Rasa is another version, which may use what this one does not.
    """
    installed = version("rasa")
    if installed != RASA_VERSION:
        sys.exit(
            f"Rasa {installed} is installed, but what a serving process can do without is only known of Rasa {RASA_VERSION}. "
            f"Read its imports against the table in {__file__}, or start the server with `python -m rasa run`."
        )
    sys.meta_path.insert(0, StandIns())
