"""Writes recurrent.npz: outputs of onnxruntime for RNN, LSTM and GRU.

All directions x layouts x kinds, batch 3; plain, with initial states, and with
sequences of different lengths besides. onnxruntime
knows layout 0 only, so layout 1 is its result with the axes exchanged as the ONNX specification says.

    pip install onnx==1.17.0 onnxruntime numpy && python recurrent.py
"""
import pathlib

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

T, N, I, H = 5, 3, 4, 3
LENGTHS = [5, 2, 4]
KINDS = {  # name: operator, gates, attributes
    "rnn_tanh": ("RNN", 1, {}),
    "rnn_relu": ("RNN", 1, {"activations": ["Relu"]}),
    "lstm": ("LSTM", 4, {}),
    "gru_0": ("GRU", 3, {"linear_before_reset": 0}),
    "gru_1": ("GRU", 3, {"linear_before_reset": 1}),
}


def run(kind, direction, data, variant):
    op, gates, attributes = KINDS[kind]
    count = 2 if direction == "bidirectional" else 1
    if "activations" in attributes:
        attributes = {"activations": attributes["activations"] * count}
    feeds = {"X": data["x"]}
    weights = {name: data[f"{kind}.{name}"][:count] for name in ("W", "R", "B")}
    inputs = ["X", "W", "R", "B"]
    if variant != "plain":
        inputs += ["lens" if variant == "lengths" else "", "h0"] + (["c0"] if op == "LSTM" else [])
        feeds["lens"] = np.array(LENGTHS, np.int32)
        feeds["h0"] = data["h0"][:count]
        feeds["c0"] = data["c0"][:count]
    feeds = {name: value for name, value in (feeds | weights).items() if name in inputs}
    outputs = ["Y", "Y_h"] + (["Y_c"] if op == "LSTM" else [])
    node = helper.make_node(op, inputs, outputs, hidden_size=H, direction=direction, **attributes)
    kinds = {"lens": TensorProto.INT32}
    value = lambda name, shape: helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), shape)
    graph = helper.make_graph(
        [node], kind, [value(n, list(a.shape)) for n, a in feeds.items()], [value(n, None) for n in outputs]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def main():
    random = np.random.default_rng(20240)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype(np.float32)
    data = {"x": draw(T, N, I), "h0": draw(2, N, H), "c0": draw(2, N, H)}
    for kind, (_, gates, _) in KINDS.items():
        data[f"{kind}.W"] = draw(2, gates * H, I)
        data[f"{kind}.R"] = draw(2, gates * H, H)
        data[f"{kind}.B"] = draw(2, 2 * gates * H)
    results = {}
    for kind in KINDS:
        for direction in ("forward", "reverse", "bidirectional"):
            for variant in ("plain", "states", "lengths"):
                y, *last = run(kind, direction, data, variant)
                name = f"{kind}.{direction}.{variant}"
                flat = lambda arrays: np.concatenate([a.ravel() for a in arrays])
                results[f"{name}.layout0"] = flat([y, *last])
                results[f"{name}.layout1"] = flat(
                    [y.transpose(2, 0, 1, 3)] + [a.transpose(1, 0, 2) for a in last]
                )
    np.savez_compressed(pathlib.Path(__file__).with_name("recurrent.npz"), **data, **results)
    print(len(results), "cases, onnxruntime", onnxruntime.__version__)


main()
