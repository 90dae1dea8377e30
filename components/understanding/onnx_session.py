"""Loads ONNX graphs: those of the encoders and of the classifiers."""

from __future__ import annotations

import onnxruntime


def one_thread(model: str | bytes) -> onnxruntime.InferenceSession:
    """Returns a session that runs a graph on the thread that calls it.

    Args:
        model: the path of the graph, or the graph itself.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
