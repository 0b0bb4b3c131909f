#!/usr/bin/env python3
"""Trains an LSTM that tells the language of a word from its letters; writes word_language.onnx, calib.npz and test.npz.

    python3 train.py

The words come from three npm packages, fetched by `npm pack` and checked by their SHA-256. Accents are removed from all of them,
as the Spanish list has none: the network sees 26 letters and must know the languages by their spelling. A word in
more than one list has no answer and is left out. The test is strict: no word of the test has its first five letters in
common with a word of the training, so that inflected forms of known words are hardly ever tested.

Needs npm, numpy and onnx (see ../recurrent.py). The same machine gets the same files again; another one nearly the same.
"""

import argparse
import io
import json
import sys
import tarfile
import unicodedata
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from recurrent import Classifier, Lstm, fetch  # noqa: E402

PACKAGES = [  # in the order of the classes
    ("an-array-of-english-words", "2.0.0", "24a6f44cd209c8127ad0afacfff935e2af0831e4b0ed5fa62cd0e2c3774e2f2a"),
    ("an-array-of-french-words", "2.0.0", "037dd0983a4cb18c9d5226b0fdad7943d8f1d562f0a5a5b50b2b989f06f347f2"),
    ("an-array-of-spanish-words", "2.0.0", "a852c0c011f8aaac89bd526f498eed22886e2e936f7b5c6c06cd33ad54b44978"),
]
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
SHORTEST, LETTERS, HIDDEN, BATCH = 4, 16, 48, 128
CALIBRATION, TEST, PREFIX = 300, 600, 5


def plain(word):
    """A word without accents."""
    parts = unicodedata.normalize("NFD", word.replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def lists():
    """The words of each language that belong to it alone."""
    words = []
    for package in PACKAGES:
        with tarfile.open(fileobj=io.BytesIO(fetch("npm", *package))) as archive:
            found = json.load(archive.extractfile("package/index.json"))
        found = {plain(word) for word in found}
        words.append({w for w in found if SHORTEST <= len(w) <= LETTERS and set(w) <= set(ALPHABET)})
    alone = [own - set().union(*(other for other in words if other is not own)) for own in words]
    return [np.array(sorted(own), f"S{LETTERS}") for own in alone]


def tested(words):
    """Whether each word is kept for the test: one word beginning in ten, in all languages alike."""
    return np.array([zlib.crc32(word[:PREFIX]) % 10 == 0 for word in words])


def one_hot(words):
    """uint8[words, LETTERS, 26]: a letter a step, the last letter in the last step, zeros in front."""
    letters = np.frombuffer(words.tobytes(), np.uint8).reshape(len(words), LETTERS)
    length = (letters > 0).sum(1)
    x = np.zeros((len(words), LETTERS, len(ALPHABET)), np.uint8)
    row, place = np.nonzero(letters)
    x[row, place + LETTERS - length[row], letters[row, place] - ord("a")] = 1
    return x


def balanced(random, words, count):
    """`count` words of all languages in equal parts, in any order, and their classes."""
    each = count // len(words)
    chosen = np.concatenate([random.choice(own, each, replace=False) for own in words])
    order = random.permutation(len(chosen))
    return chosen[order], np.repeat(np.arange(len(words), dtype=np.uint8), each)[order]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--batches", type=int, default=12000)
    options = arguments.parse_args()
    random = np.random.default_rng(1)

    words = lists()
    known = [own[~tested(own)] for own in words]
    unknown = [own[tested(own)] for own in words]
    print("words of one language only:", ", ".join(f"{len(a)} to train, {len(b)} to test" for a, b in zip(known, unknown)))
    test, test_classes = balanced(random, unknown, 12000)
    test_inputs = one_hot(test).astype(np.float32)

    model = Classifier(random, Lstm, len(ALPHABET), HIDDEN, len(words))
    losses = []
    for number in range(options.batches):
        batch, classes = balanced(random, known, BATCH // len(words) * len(words))
        rate = 4e-3 * 0.5 * (1 + np.cos(np.pi * number / options.batches))
        losses.append(model.train(one_hot(batch).astype(np.float32), classes, rate))
        if number % 1000 == 999:
            print(f"batch {number + 1}: loss {np.mean(losses[-500:]):.4f}, test {model.accuracy(test_inputs, test_classes):.4f}", flush=True)

    model.save("word_language.onnx", "word_language", LETTERS, len(ALPHABET))
    calibration, classes = balanced(random, known, CALIBRATION)
    np.savez_compressed("calib.npz", x=one_hot(calibration), y=classes, words=calibration)
    np.savez_compressed("test.npz", x=one_hot(test[:TEST]), y=test_classes[:TEST], words=test[:TEST])
    print(f"accuracy of test.npz {model.accuracy(test_inputs[:TEST], test_classes[:TEST]):.4f}")


if __name__ == "__main__":
    main()
