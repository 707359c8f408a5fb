"""The built-in model on the sample photographs: its results, its speed, its error to float32.

* R@1, R@10: how often the photograph is first, or among the first ten, for "a photo of a NAME", the
  name in its file's name.
* P@10 broad: for broad words, how many of the first ten are right; of the first n if the folder has
  only n. ``broad_words.json`` has the truth: the ImageNet classes below each word in WordNet 3.0
  (for "cat" those below feline, for "kitten" below domestic cat).
* images a second of the image side alone, on prepared pictures and all cores, in each number
  format; and for each second of processor time, which a busy machine changes little.
* cosines of each format with float32; and, if the ``train`` extra is installed, of the shipped int8
  weights with the published ones.

``python -m tests.bench.starter_quality`` ends with one JSON object.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from tests.support.pictures.sample_photos import label_of, photos_or_skip
from tui.images.decoder import read_picture
from tui.models.runtime.precision import NumberFormat, number_formats
from tui.models.starter.model_file import STARTER_FILE, read_part, write_model_file
from tui.models.starter.towers import IMAGE_SIZE, MODEL_ID, StarterImages, StarterText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Pixels, Vectors

BATCH = 32
SECONDS = 5.0
"""Seconds for which each format is timed, in turns of one batch."""


def prepare(images: StarterImages, photos: Sequence[Path]) -> Pixels:
    """Return the photographs prepared as by the indexer."""
    return np.concatenate([images.prepare(read_picture(p, IMAGE_SIZE).image) for p in photos])


def embed(images: StarterImages, pixels: Pixels) -> Vectors:
    """Return the vectors of prepared pictures, batch by batch."""
    parts = [pixels[at : at + BATCH] for at in range(0, len(pixels), BATCH)]
    return np.concatenate([images.embed_images(part) for part in parts])


def recall(queries: Vectors, pictures: Vectors) -> tuple[float, float]:
    """Return how often a query's own picture, in the same row, is first and among ten."""
    scores = queries @ pictures.T
    better = (scores > scores.diagonal()[:, None]).sum(axis=1)
    return float((better == 0).mean()), float((better < 10).mean())


def broad_precision(text: StarterText, pictures: Vectors, kinds: Sequence[str]) -> dict[str, float]:
    """Return the precision among the first ten for each broad word that the pictures show."""
    truth = json.loads(Path(__file__).with_name("broad_words.json").read_text(encoding="utf-8"))
    precision = {}
    for word, below in truth.items():
        right = np.isin(kinds, below.split())
        count = min(10, int(right.sum()))
        if count:
            scores = pictures @ text.embed_text([word])[0]
            precision[word] = float(right[np.argsort(-scores)[:count]].mean())
    return precision


def _rates(
    towers: dict[NumberFormat, StarterImages], pixels: Pixels
) -> dict[NumberFormat, tuple[float, float]]:
    """Return each format's best images/s and best images for each second of processor time."""
    best = dict.fromkeys(towers, (0.0, 0.0))
    end = time.perf_counter() + SECONDS * len(towers)
    while time.perf_counter() < end:
        for form, tower in towers.items():
            wall, processor = time.perf_counter(), time.process_time()
            tower.embed_images(pixels)
            rate = len(pixels) / (time.perf_counter() - wall)
            lean = len(pixels) / (time.process_time() - processor)
            best[form] = max(best[form][0], rate), max(best[form][1], lean)
    return best


def _published(folder: Path) -> StarterImages | None:
    """Return the image side with the published weights, None without the ``train`` extra."""
    try:
        from tui.models.starter.training.network import folded, tensors_of
        from tui.models.starter.training.sources import network_weights

        weights = dict(tensors_of(folded(network_weights())))
    except (ImportError, FileNotFoundError):
        return None
    tensors, settings = read_part(STARTER_FILE, "image", MODEL_ID)
    path = folder / "published.safetensors"
    write_model_file(path, {**tensors, **weights}, settings, MODEL_ID)
    return StarterImages("cpu", form="float32", path=path)


def main() -> None:
    photos = photos_or_skip()
    kinds = [photo.name.partition("_")[0] for photo in photos]
    text = StarterText()
    names = text.embed_text([f"a photo of a {label_of(photo)}" for photo in photos])
    towers = {
        f: StarterImages("cpu", form=f)
        for f in get_args(NumberFormat)
        if f in number_formats("cpu")
    }
    pixels = prepare(towers["float32"], photos)
    vectors = {form: embed(tower, pixels) for form, tower in towers.items()}
    rates = _rates(towers, pixels[: 4 * BATCH])
    result: dict[str, Any] = {"photographs": len(photos), "forms": {}}
    for form, embeddings in vectors.items():
        cosine = (embeddings * vectors["float32"]).sum(axis=1)
        first, ten = recall(names, embeddings)
        broad = broad_precision(text, embeddings, kinds)
        mean = float(np.mean(list(broad.values())))
        result["forms"][form] = {
            "r1": round(first, 4),
            "r10": round(ten, 4),
            "p10_broad": round(mean, 4),
            "images_s": round(rates[form][0], 1),
            "images_processor_s": round(rates[form][1], 1),
            "cosine_mean": round(float(cosine.mean()), 5),
            "cosine_min": round(float(cosine.min()), 5),
        }
        print(f"{form}: {result['forms'][form]}")
        print("  not all right:", {word: round(p, 2) for word, p in broad.items() if p < 1})
    with tempfile.TemporaryDirectory() as folder:
        published = _published(Path(folder))
    if published:
        original = embed(published, pixels)
        cosine = (vectors["float32"] * original).sum(axis=1)
        result["published_weights"] = {
            "r1": round(recall(names, original)[0], 4),
            "cosine_mean": round(float(cosine.mean()), 5),
        }
        print("published float32 weights:", result["published_weights"])
    fastest = max(rates, key=lambda form: rates[form][1])
    print(json.dumps({"form": fastest, **result["forms"][fastest], **result}))


if __name__ == "__main__":
    main()
