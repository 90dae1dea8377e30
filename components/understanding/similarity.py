"""Works out how similar sentence vectors are to each training message, and the scores, with a graph from `similarity_graph`."""

from __future__ import annotations

from components.understanding.arrays import Array
from components.understanding.onnx_session import one_thread

VECTORS, SIMILARITY, SCORES = "vectors", "similarity", "scores"  # the graph's input and its outputs


class SimilarityGraph:
    """Runs the graph of one classifier."""

    def __init__(self, graph: str | bytes) -> None:
        """Takes the graph's path, or the graph itself."""
        self._session = one_thread(graph)

    def __call__(self, vectors: Array) -> tuple[Array, Array]:
        """Returns the similarity to each training message, shape (texts, messages), and the scores, shape (texts, labels)."""
        similarity, scores = self._session.run([SIMILARITY, SCORES], {VECTORS: vectors})
        return similarity, scores
