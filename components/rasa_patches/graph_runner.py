"""Runs the components of a loaded model one after another.

Rasa passes the component graph to Dask, which plans it again for every message and every decision. That takes about a
millisecond and a half, five times per turn. Rasa also logs the message there at debug level. The plan never changes, so we make
it once.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any

from rasa.core import processor
from rasa.engine.runner.dask import DaskGraphRunner


class SequentialGraphRunner(DaskGraphRunner):
    """Keeps Rasa's nodes but replaces Dask. Training still uses Dask, where its caching helps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[str]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Returns the outputs of `targets` by name; by default, those of the graph's final nodes."""
        wanted = tuple(targets or self._graph_schema.target_names)
        # A node takes each input as a pair of name and value.
        outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._plan(wanted):
            if name not in outputs:
                needed = self._graph_schema.nodes[name].needs.values()
                outputs[name] = self._instantiated_nodes[name](*(outputs.get(need, need) for need in needed))
        return {name: outputs[name][1] for name in wanted}

    def _plan(self, wanted: tuple[str, ...]) -> list[str]:
        if wanted not in self._plans:
            nodes = self._graph_schema.minimal_graph_schema(list(wanted)).nodes
            order = TopologicalSorter({name: set(node.needs.values()) & set(nodes) for name, node in nodes.items()})
            self._plans[wanted] = list(order.static_order())
        return self._plans[wanted]


def install() -> None:
    """Makes Rasa load models with this runner."""
    processor.DaskGraphRunner = SequentialGraphRunner
