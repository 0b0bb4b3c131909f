#!/usr/bin/env python3
"""Trains a GRU that tells the exercise from the motion of a wrist watch; writes wrist_exercise.onnx, calib.npz and test.npz.

    python3 train.py

The motion is the data set that the PyPI package seglearn carries, fetched by `pip download` and checked by its SHA-256:
ten people, seven shoulder exercises, both arms, acceleration and turning rate along three axes at 50 Hz. The persons of the
test are never trained on: the network has to know the exercise, not the person.

Needs numpy and onnx (see ../recurrent.py). The same machine gets the same files again; another one nearly the same.
"""

import argparse
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from recurrent import Classifier, Gru, fetch  # noqa: E402

PACKAGE = ("seglearn", "1.2.5", "ec6b952c85c9627050102854b372d85951563d3b990df677d7c55547e87413dd")
DATA = "seglearn/data/watch_dataset.npy"
TESTED = (9, 10)  # persons
JOINED, STEPS, HIDDEN, BATCH = 3, 64, 32, 64  # three samples become one step: 64 steps are 3.84 s
SAMPLES = JOINED * STEPS
RANGE = np.array([2.5, 2.5, 2.5, 7, 7, 7], np.float32)  # g and rad/s that become 127
CALIBRATION = 200


def series():
    """Motions as float[samples, 6] in shares of RANGE, exercises, persons."""
    with zipfile.ZipFile(io.BytesIO(fetch("pip", *PACKAGE))) as package:
        # A pickle runs code when it is read; the SHA-256 says that it is the known one.
        data = np.load(io.BytesIO(package.read(DATA)), allow_pickle=True).item()
    motions = [(motion / RANGE).astype(np.float32) for motion in data["X"]]
    return motions, data["y"].astype(np.uint8), data["subject"].astype(int)


def as_bytes(samples):
    """[windows, SAMPLES, 6] as a sensor would give it: means of JOINED samples, 8 bits a value."""
    steps = samples.reshape(len(samples), STEPS, JOINED, 6).mean(2)
    return np.clip(np.rint(steps * 127), -127, 127).astype(np.int8)


def windows(motions, classes):
    """All motions cut into windows that do not overlap."""
    parts = [(m[n : n + SAMPLES], y) for m, y in zip(motions, classes) for n in range(0, len(m) - SAMPLES + 1, SAMPLES)]
    return as_bytes(np.stack([part for part, _ in parts])), np.array([y for _, y in parts], np.uint8)


def turned(random, x):
    """Each window as if the watch sat a little differently and the person moved a little more or less."""
    small = np.cross(np.eye(3), random.normal(0, 0.2, (len(x), 1, 3)))
    turn = (np.eye(3) + small + small @ small / 2).astype(np.float32)
    x = np.concatenate([x[..., :3] @ turn, x[..., 3:] @ turn], axis=2)
    return x * random.uniform(0.8, 1.2, (len(x), 1, 1)).astype(np.float32)


def batch_of(random, motions, classes):
    """Windows from anywhere, of persons a quarter slower or faster than they were, moving a little differently."""
    chosen = random.integers(0, len(motions), BATCH)
    parts = []
    for motion in (motions[n] for n in chosen):
        at = (np.arange(SAMPLES) * random.uniform(0.8, 1.25)).astype(int)
        parts.append(motion[at + random.integers(0, len(motion) - at[-1])])
    return as_bytes(turned(random, np.stack(parts))).astype(np.float32) / 127, classes[chosen]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--batches", type=int, default=4000)
    options = arguments.parse_args()
    random = np.random.default_rng(1)

    motions, classes, persons = series()
    of_test = np.isin(persons, TESTED)
    known = [m for m, test in zip(motions, of_test) if not test]
    known_classes = classes[~of_test]
    test, test_classes = windows([m for m, test in zip(motions, of_test) if test], classes[of_test])
    test_inputs = test.astype(np.float32) / 127
    print(f"{len(known)} motions of {10 - len(TESTED)} persons to train, {len(test)} windows of {len(TESTED)} persons to test")

    model = Classifier(random, Gru, 6, HIDDEN, 7)
    losses = []
    for number in range(options.batches):
        rate = 4e-3 * 0.5 * (1 + np.cos(np.pi * number / options.batches))
        losses.append(model.train(*batch_of(random, known, known_classes), rate))
        if number % 500 == 499:
            accuracy = model.accuracy(test_inputs, test_classes)
            print(f"batch {number + 1}: loss {np.mean(losses[-250:]):.4f}, test {accuracy:.4f}", flush=True)

    model.save("wrist_exercise.onnx", "wrist_exercise", STEPS, 6)
    calibration, labels = windows(known, known_classes)
    chosen = random.permutation(len(calibration))[:CALIBRATION]
    np.savez_compressed("calib.npz", x=calibration[chosen], y=labels[chosen])
    np.savez_compressed("test.npz", x=test, y=test_classes)


if __name__ == "__main__":
    main()
