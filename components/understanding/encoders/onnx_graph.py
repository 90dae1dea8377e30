"""What the graphs of the encoders and the classifiers share: published weights, checked, and a builder for ONNX graphs.

Why write the graphs by hand? The usual exporters (torch.onnx, optimum) need PyTorch, and a ready-made ONNX file would be a
download outside the hashed lock file. So we take the weights from locked packages and spell out the architecture with ONNX's own
helpers.

The encoders' graphs read several texts in one run, one after the other in one sequence, so that a short text is not padded to
the length of a long one. Their inputs are int32, of shape (tokens): `tokens`, the ids, and `segments`, the number of the text
that a token belongs to, from 1, or 0 for padding. The output, `vectors`, is float32, of shape (texts, width). Each vector has
unit length.

Only training imports this module, because onnx takes a second to import.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from components.understanding.arrays import AnyArray

OPSET, IR_VERSION = 17, 9  # onnxruntime supports these; a newer onnx would write newer ones
ONNXRUNTIME = "com.microsoft"  # the domain of onnxruntime's own operators
BLOCK = 128  # numbers of a row that share a scale in a product of whole numbers
MAX_INT8 = 127
TINY = 1e-12  # the scale where all numbers are zero
INT32, FLOAT = TensorProto.INT32, TensorProto.FLOAT
Shape = list[str | int]


def verified_file(package: str, name: str, sha256: str) -> Path:
    """Returns the path of a file inside an installed package, after checking its SHA-256.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file is not the one that we measured this project with.
    """
    # find_spec does not run the package, whose own code may need more than we install.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"The package {package} is missing. Run `make train`, which installs it.")
    path = Path(spec.submodule_search_locations[0]) / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != sha256:
        raise ValueError(f"{path} has SHA-256 {digest}, expected {sha256}.")
    return path


class Graph:
    """Collects nodes and constants; each call returns the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        result = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [result], **attributes))
        return result

    def fused(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Adds one of onnxruntime's own operators, which replace several standard ones."""
        return self(operator, *inputs, domain=ONNXRUNTIME, **attributes)

    def constant(self, value: AnyArray) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def int8_product(self, rows: str, weight: AnyArray, one_scale: bool) -> str:
        """Returns rows @ weight in whole numbers of eight bits, which takes a quarter of the reading from memory.

        Each row has a scale for every `BLOCK` numbers, and so has each output of the weight.

        Args:
            rows: the name of a result, shape (rows, inputs).
            weight: shape (inputs, outputs).
            one_scale: whether the whole weight has one scale. Weights that were published in eight bits lose nothing then.
        """
        inputs, outputs = weight.shape
        blocks = -(-inputs // BLOCK)
        padded = np.pad(weight.T, ((0, 0), (0, blocks * BLOCK - inputs))).reshape(outputs, blocks, BLOCK)
        largest = np.abs(padded).max(axis=None if one_scale else 2, keepdims=True)
        scales = np.maximum(largest / MAX_INT8, TINY).astype(np.float32)
        stored = (np.round(padded / scales) + MAX_INT8 + 1).astype(np.uint8)
        scales = np.broadcast_to(scales[..., 0], (outputs, blocks))
        settings = {"K": inputs, "N": outputs, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}  # 4: in whole numbers
        return self.fused("MatMulNBits", rows, self.constant(stored), self.constant(scales), **settings)

    def membership(self) -> str:
        """Returns which token belongs to which text: a float matrix of 0 and 1, shape (texts, tokens)."""
        last = self("Cast", self("ReduceMax", "segments", keepdims=0), to=TensorProto.INT64)
        one = self.constant(np.array(1, dtype=np.int64))
        texts = self("Range", one, self("Add", last, one), one)
        segments = self("Cast", "segments", to=TensorProto.INT64)
        same = self("Equal", self("Unsqueeze", texts, self.numbers(1)), self("Unsqueeze", segments, self.numbers(0)))
        return self("Cast", same, to=TensorProto.FLOAT)

    def unit_length(self, rows: str) -> str:
        return self("LpNormalization", rows, axis=-1, p=2)

    def encoder(self, name: str, vectors: str, width: int) -> onnx.ModelProto:
        """Returns the finished model of an encoder, whose output is the result named `vectors`."""
        inputs: dict[str, tuple[int, Shape]] = {which: (INT32, ["tokens"]) for which in ("tokens", "segments")}
        return self.model(name, inputs, {"vectors": (vectors, ["texts", width])})

    def model(
        self, name: str, inputs: Mapping[str, tuple[int, Shape]], outputs: Mapping[str, tuple[str, Shape]]
    ) -> onnx.ModelProto:
        """Returns the finished model.

        Args:
            name: its name.
            inputs: by name, the type and the shape of each input.
            outputs: by name, the result that it is, and its shape. All are float32.
        """
        nodes = [*self._nodes, *(helper.make_node("Identity", [result], [output]) for output, (result, _) in outputs.items())]
        given = [helper.make_tensor_value_info(which, *what) for which, what in inputs.items()]
        returned = [helper.make_tensor_value_info(output, FLOAT, shape) for output, (_, shape) in outputs.items()]
        body = helper.make_graph(nodes, name, given, returned, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ONNXRUNTIME, 1)]
        model = helper.make_model(body, opset_imports=opsets)
        model.ir_version = IR_VERSION
        return model
