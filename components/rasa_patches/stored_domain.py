"""Takes the domain of a loaded model from its metadata.

A model has its domain twice: in the metadata, as JSON, and as YAML, which Rasa reads with a parser in pure Python three times and
checks against a schema each time. That takes five seconds for ours, and training has checked it already.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.providers import domain_provider

from components.rasa_patches.model_archive import VerifiedModelStorage


class StoredDomainProvider(domain_provider.DomainProvider):
    """Rasa's provider, but it does not read the YAML."""

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> domain_provider.DomainProvider:
        """Returns a provider of the domain that the model was trained with."""
        if isinstance(model_storage, VerifiedModelStorage):
            return cls(model_storage, resource, model_storage.domain)
        return super().load(config, model_storage, resource, execution_context, **kwargs)


def install() -> None:
    """Makes Rasa load the domain of a model this way."""
    domain_provider.DomainProvider = StoredDomainProvider
