"""What all trained components share: we create them for training, and later load them from the model."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from runtime.paths import UNDERSTANDING_DATA

CODE = Path(__file__).parent


class TrainedComponent(GraphComponent):
    """A graph component that stores what it learned in a folder of the model. `restore` reads it back."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config, self._model_storage, self._resource = config, model_storage, resource

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TrainedComponent:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TrainedComponent:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.restore(Path(folder))
        return component

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Returns a checksum of our code and words, so that Rasa does not take what others have learned from its cache.

        Rasa only looks at the component's own class, and not at what it calls.
        """
        code = hashlib.sha256()
        for path in sorted([*CODE.rglob("*.py"), *UNDERSTANDING_DATA.rglob("*.yml")]):
            code.update(path.read_bytes())
        return code.hexdigest()

    def restore(self, folder: Path) -> None:
        """Reads what training stored in `folder`."""
        raise NotImplementedError
