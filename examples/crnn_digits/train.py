#!/usr/bin/env python3
"""Trains a network that reads strips of 3 to 5 digits and writes crnn_digits.onnx, calib.npz and test.npz.

    python3 train.py mnist.npz

mnist.npz holds `x` (N, 28, 28) uint8 and `y` (N,) uint8. Strips are digits side by side, overlapping by a random number of columns. The
last 500 digits are never trained on; the strips of calib.npz and test.npz are made of them. A new run gives other weights and
nearly the same accuracy. The clean ONNX file in this folder holds the same operators as what torch exports, without the
chains that compute the shape of the initial state; systole reads both.

Needs torch, numpy and onnx. The network expects pixels divided by 255.
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, BLANK, HELD_OUT, CALIBRATION, TEST = 112, 10, 500, 150, 50


class StripReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, 3, padding=1)
        self.c2 = nn.Conv2d(8, 16, 3, padding=1)
        self.c3 = nn.Conv2d(16, 32, 3, padding=1)
        self.lstm = nn.LSTM(32 * 3, 48)
        self.classify = nn.Linear(48, BLANK + 1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = F.max_pool2d(F.relu(self.c3(x)), (2, 1))
        n, c, h, w = x.shape
        steps = x.permute(3, 0, 1, 2).reshape(w, n, c * h)
        return self.classify(self.lstm(steps)[0])


def strip(random, digits, labels):
    """One strip and the digits in it."""
    count = random.integers(3, 6)
    chosen = random.integers(0, len(digits), count)
    image = np.zeros((28, WIDTH), np.uint8)
    step = (WIDTH - 28) // (count - 1)
    for place, index in enumerate(chosen):
        left = min(place * step + random.integers(-2, 3), WIDTH - 28)
        left = max(left, 0)
        part = image[:, left : left + 28]
        np.maximum(part, digits[index], out=part)
    return image, labels[chosen]


def batch_of(random, digits, labels, count):
    pairs = [strip(random, digits, labels) for _ in range(count)]
    length = np.array([len(text) for _, text in pairs])
    texts = np.full((count, 5), -1, np.int8)
    for row, (_, text) in zip(texts, pairs):
        row[: len(text)] = text
    return np.stack([image for image, _ in pairs]), texts, length


def loss_of(model, images, texts, length):
    x = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
    logits = F.log_softmax(model(x), 2)
    steps = torch.full((len(images),), logits.shape[0], dtype=torch.long)
    wanted = torch.from_numpy(np.where(texts < 0, 0, texts).astype(np.int64))
    return F.ctc_loss(logits, wanted, steps, torch.from_numpy(length), blank=BLANK)


def exact(model, images, texts, length):
    with torch.no_grad():
        x = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
        best = model(x).argmax(2).T.numpy()
    right = 0
    for steps, text, count in zip(best, texts, length):
        read = [c for n, c in enumerate(steps) if c != BLANK and (n == 0 or steps[n - 1] != c)]
        right += read == list(text[:count])
    return right / len(images)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data")
    arguments.add_argument("--batches", type=int, default=6000)
    options = arguments.parse_args()
    torch.manual_seed(1)
    random = np.random.default_rng(1)

    data = np.load(options.data)
    digits, labels = data["x"], data["y"].astype(np.int64)
    split = len(digits) - HELD_OUT
    model = StripReader()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.batches)
    for number in range(options.batches):
        loss = loss_of(model, *batch_of(random, digits[:split], labels[:split], 32))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if number % 500 == 499:
            print(f"batch {number + 1}: loss {loss.item():.4f}")
    model.eval()
    images, texts, length = batch_of(random, digits[split:], labels[split:], CALIBRATION + TEST)
    print(f"exact strings on held-out digits {exact(model, images, texts, length):.3f}")
    torch.onnx.export(
        model, torch.zeros(1, 1, 28, WIDTH), "crnn_digits.onnx", opset_version=17,
        input_names=["image"], output_names=["logits"],
    )
    for name, part in [("calib.npz", slice(CALIBRATION)), ("test.npz", slice(CALIBRATION, None))]:
        np.savez_compressed(name, x=images[part], labels=texts[part], length=length[part].astype(np.uint8))


if __name__ == "__main__":
    main()
