"""Builds the model file; deterministic, some minutes on one processor."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tui.models.starter.efficientnet_lite0 import Lite0, Mixture
from tui.models.starter.model_file import STARTER_FILE, write_model_file
from tui.models.starter.towers import DIM, MODEL_ID
from tui.models.starter.training import sources
from tui.models.starter.training.concepts import Teacher, gather_concepts
from tui.models.starter.training.meanings import Dictionary, Meanings, gather_meanings
from tui.models.starter.training.network import folded, quantised, tensors_of
from tui.models.starter.training.space import Space, fit_space
from tui.models.starter.training.teacher import Encoder
from tui.models.starter.training.wordnet import classes_below, read_wordnet

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIXTURE = Mixture(power=1.15, top=30, levelling=0.7)


def main() -> None:
    """Build and write the file."""
    parser = argparse.ArgumentParser(
        prog="python -m tui.models.starter.training", description=__doc__
    )
    parser.add_argument("--out", type=Path, default=STARTER_FILE, help="the file to write")
    out = parser.parse_args().out
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(1)

    classes = sources.image_classes()
    net = read_wordnet(*sources.wordnet_files())
    below = classes_below(net, [item.synset for item in classes])
    teacher = Teacher(Encoder(sources.encoder_folder()), classes)
    concepts = gather_concepts(net, classes, below, teacher)
    dictionary = Dictionary(net, classes, concepts)
    meanings = gather_meanings(dictionary, concepts, teacher, sources.vocabulary())
    network = folded(sources.network_weights())
    last_layer = network.classifier.weight.detach().numpy()
    space = fit_space(concepts, teacher.classes, last_layer, _MIXTURE, DIM - 1)

    tensors = _image_tensors(network, space) | _text_tensors(meanings, space)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_model_file(out, tensors, {"mixture": asdict(_MIXTURE)}, MODEL_ID)
    print(f"{out}: {out.stat().st_size:,} bytes, {len(meanings.entries):,} entries")  # noqa: T201


def _image_tensors(network: Lite0, space: Space) -> dict[str, NDArray[Any]]:
    tensors: dict[str, NDArray[Any]] = {}
    for name, values in tensors_of(network):
        if name.endswith(".weight"):
            tensors[name], tensors[f"{name}.scale"] = quantised(values)
        else:
            tensors[name] = values
    tensors["image.prototypes"] = space.prototypes.astype(np.float16)
    return tensors


def _text_tensors(meanings: Meanings, space: Space) -> dict[str, NDArray[Any]]:
    """Return the lexicon in compressed sparse rows; shares are relative to a row's largest."""
    concepts: list[int] = []
    shares: list[int] = []
    offsets = [0]
    for meaning in meanings.shares:
        largest = max(meaning.values())
        for number, share in sorted(meaning.items()):
            if (byte := round(255 * share / largest)) > 0:
                concepts.append(number)
                shares.append(byte)
        offsets.append(len(concepts))
    return {
        "text.entries": np.frombuffer("\n".join(meanings.entries).encode("ascii"), dtype=np.uint8),
        "text.offsets": np.array(offsets, dtype=np.int32),
        "text.concepts": np.array(concepts, dtype=np.uint16),
        "text.shares": np.array(shares, dtype=np.uint8),
        "text.weights": meanings.weights.astype(np.float16),
        "text.basis": space.basis.astype(np.float16),
        "text.unknown": space.prototypes.mean(axis=0),
    }


if __name__ == "__main__":
    main()
