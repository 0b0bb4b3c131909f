#!/usr/bin/env python3
"""Trains a small LeNet on MNIST digits and writes lenet_mnist.onnx, calib.npz and test.npz.

    python3 train.py mnist.npz

mnist.npz holds `x` (N, 28, 28) uint8 and `y` (N,) uint8. The model in this folder was trained on 9,500 of the first
10,000 digits of the official training set; the other 500 are never trained on: 300 calibrate, 200 test the demo. On the
10,000 official test digits it reaches 98.9 %. A new run gives other weights and nearly the same accuracy.

Needs torch, numpy and onnx. The network expects pixels divided by 255.
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CALIBRATION, TEST = 300, 200


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 8, 5, padding=2)
        self.c2 = nn.Conv2d(8, 16, 5)
        self.f1 = nn.Linear(400, 64)
        self.f2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = F.relu(self.f1(torch.flatten(x, 1)))
        return self.f2(x)


def shifted(images):
    """Moves each image of a batch by up to two pixels: the only augmentation."""
    padded = F.pad(images, (2, 2, 2, 2))
    dy, dx = torch.randint(0, 5, (2,)).tolist()
    return padded[:, :, dy : dy + 28, dx : dx + 28]


def train(model, x, y, epochs, batch=64):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        model.train()
        for index in torch.randperm(len(x)).split(batch):
            loss = F.cross_entropy(model(shifted(x[index])), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data")
    arguments.add_argument("--epochs", type=int, default=14)
    options = arguments.parse_args()
    torch.manual_seed(1)

    data = np.load(options.data)
    images, labels = data["x"], data["y"]
    held_out = len(images) - CALIBRATION - TEST
    x = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
    y = torch.from_numpy(labels.astype(np.int64))

    model = LeNet()
    train(model, x[:held_out], y[:held_out], options.epochs)
    model.eval()
    with torch.no_grad():
        right = (model(x[held_out:]).argmax(1) == y[held_out:]).float().mean()
    print(f"held-out accuracy {right:.4f}")

    torch.onnx.export(
        model, x[:1], "lenet_mnist.onnx", opset_version=13, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
    )
    split = held_out + CALIBRATION
    np.savez_compressed("calib.npz", x=images[held_out:split], y=labels[held_out:split])
    np.savez_compressed("test.npz", x=images[split:], y=labels[split:])


if __name__ == "__main__":
    main()
