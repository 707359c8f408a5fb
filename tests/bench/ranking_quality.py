"""The gain of the ranking over cosines, measured on the sample photographs with the starter.

python -m tests.bench.ranking_quality

* line: of 22 broad words' relevant photographs, how many are above the line where the noise begins,
  and how much of what is above it is noise; the mean over the words and all together.
  ``broad_words.json`` has the truth.
* small: the same in random libraries of 20, 50 and 100 of the photographs.
* names: copies of the photographs are named IMG_0000.jpg and so on, but every tenth by its
  subject, and ten by an unrelated word. ``exact``: how often a whole name ranks its file first;
  ``named``: how often a true name's words do; ``described``: how often the right photograph is
  first for "a NAME in the WORD", WORD being one of the misleading names; ``p10``: the precision
      at
  ten for broad words that one picture wrongly has as its name. For no names, bonuses of several
  sizes, and reciprocal rank fusion.
* fold: how many of the photographs fold into another one, and how many of their variants (cropped,
  brightened, rotated, scaled) into theirs; how many left and right halves of one photograph,
      which
  show one kind but are different pictures. For several thresholds.
* prompts: R@1 for a name alone, as a caption, and as the mean of both.
* fold_ms: the time that folding adds to a search (500 hits, 256 and 512 numbers).

The last line is one JSON object.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageEnhance

from tests.bench.starter_quality import embed, recall
from tests.support.bench.big_library import timed
from tests.support.libraries.library_factory import make_library
from tests.support.pictures.sample_photos import label_of, photos_or_skip
from tui.core.domain import NOISE_THRESHOLD
from tui.core.settings import Settings
from tui.images.decoder import read_picture
from tui.models.starter.towers import IMAGE_SIZE, MODEL_ID, StarterImages, StarterText
from tui.search.open import open_engine
from tui.search.query.parse import parse
from tui.search.ranking import name_fusion as fusion
from tui.search.ranking.folding import DEPTH, assign_leaders, default_fold_threshold
from tui.search.ranking.relevance import scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Vectors
    from tui.search.engine import SearchEngine

    Truth = dict[str, NDArray[np.bool_]]

STRAYS = (
    "garden",
    "rain",
    "snow",
    "house",
    "street",
    "table",
    "window",
    "night",
    "party",
    "wood",
)
WRONG = ("dog", "bird", "snake", "insect", "fish", "vehicle", "fruit", "clothing")
"""Broad words that are the name of an unrelated picture."""

BONUSES = (0.2, 0.4, 0.6, 0.8, 1.0)
RRF_K = 60
VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "cropped": lambda image: image.crop((image.width // 50, image.height // 50, *image.size)),
    "brightened": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "turned": lambda image: image.rotate(2, Image.Resampling.BICUBIC),
    "scaled": lambda image: image.resize((image.width // 2, image.height // 2)),
}
THRESHOLDS = (0.95, 0.98, 0.99, 0.995, 0.999)


def truths(photos: Sequence[Path]) -> Truth:
    """Return the photographs that show each broad word, without words that none shows."""
    file = Path(__file__).with_name("broad_words.json")
    kinds = [photo.name.partition("_")[0] for photo in photos]
    relevant = {
        word: np.isin(kinds, below.split())
        for word, below in json.loads(file.read_text(encoding="utf-8")).items()
    }
    return {word: right for word, right in relevant.items() if right.any()}


def line(pictures: Vectors, truth: Truth) -> dict[str, float]:
    """Return how well the line separates the relevant from the others."""
    text = StarterText()
    kept_shares, noise, counts = [], [], np.zeros(3)
    for word, right in truth.items():
        if not right.any():
            continue
        scores = pictures @ text.embed_text([word])[0]
        scale = scale_of(scores, float(scores.max()), len(scores))
        above = scale.strengths(scores) >= NOISE_THRESHOLD
        hits, shown = int((above & right).sum()), int(above.sum())
        kept_shares.append(hits / right.sum())
        noise.append(1 - hits / shown if shown else 0.0)
        counts += hits, shown, right.sum()
    return {
        "kept": float(np.mean(kept_shares)),
        "noise": float(np.mean(noise)),
        "kept_of_all": counts[0] / counts[2],
        "noise_of_all": 1 - counts[0] / counts[1],
    }


def small(pictures: Vectors, truth: Truth) -> dict[str, dict[str, float]]:
    """Return the same for small libraries, 20 of each size."""
    rng = np.random.default_rng(0)
    result = {}
    for size in (20, 50, 100):
        runs = []
        for _ in range(20):
            some = rng.choice(len(pictures), size, replace=False)
            runs.append(line(pictures[some], {word: right[some] for word, right in truth.items()}))
        result[str(size)] = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
    return result


class Names:
    """A library in which few names describe the picture, and some mislead."""

    def __init__(self, data_dir: Path, photos: Sequence[Path], pictures: Vectors) -> None:
        self.labels = [label_of(photo) for photo in photos]
        self.truth = truths(photos)
        self.names = [f"IMG_{number:04}.jpg" for number in range(len(photos))]
        self.true = list(range(0, len(photos), 10))
        for number in self.true:
            self.names[number] = f"{self.labels[number].replace(' ', '_')}.jpg"
        self.stray = list(range(3, len(photos), 10))[: len(STRAYS)]
        for number, word in zip(self.stray, STRAYS, strict=True):
            self.names[number] = f"{word}.jpg"
        free = list(range(5, len(photos), 10))
        for word in WRONG:
            number = next(number for number in free if not self.truth[word][number])
            free.remove(number)
            self.names[number] = f"{word}_{number}.jpg"
        make_library(data_dir, data_dir, MODEL_ID, dict(zip(self.names, pictures, strict=True)))
        self.places = {name: number for number, name in enumerate(self.names)}

    def measure(self, order: Callable[[str], list[int]]) -> dict[str, float]:
        """Measure a way to rank: from a text to ranks, best first."""
        plain = [p for p in range(len(self.names)) if self.names[p].startswith("IMG")][:60]
        precision = []
        for word in WRONG:
            right = self.truth[word]
            depth = min(10, int(right.sum()))
            precision.append(float(np.mean([right[index] for index in order(word)[:depth]])))
        described = [
            order(f"a {self.labels[index]} in the {STRAYS[number % len(STRAYS)]}")[0] == index
            for number, index in enumerate(plain)
        ]
        return {
            "exact": float(np.mean([order(self.names[p])[0] == p for p in [*self.true, *plain]])),
            "named": float(np.mean([order(self.labels[p])[0] == p for p in self.true])),
            "described": float(np.mean(described)),
            "p10": float(np.mean(precision)),
        }

    def by_engine(self, engine: SearchEngine, bonus: float) -> dict[str, float]:
        """Rank as the engine does, with a bonus of a given size."""

        def order(text: str) -> list[int]:
            ranking = engine.search(parse(text), fold=False)
            hits = engine.hits(ranking, 0, 10)
            return [self.places[hit.file.path.name] for hit in hits]

        usual, fusion.BONUS = fusion.BONUS, bonus
        try:
            return self.measure(order)
        finally:
            fusion.BONUS = usual

    def by_meaning(self, pictures: Vectors) -> dict[str, float]:
        """Rank by cosine alone."""
        text = StarterText()
        return self.measure(lambda words: _order(pictures @ text.embed_text([words])[0]))

    def by_places(self, pictures: Vectors) -> dict[str, float]:
        """Rank by reciprocal rank fusion; names are ordered by how many of the words they have."""
        text = StarterText()

        def order(words: str) -> list[int]:
            query_words = words.lower().replace("_", " ").replace(".", " ").split()
            held = np.array(
                [sum(word in name.lower() for word in query_words) for name in self.names]
            )
            fused = np.zeros(len(self.names))
            fused[_order(pictures @ text.embed_text([words])[0])] += _reciprocals(len(fused))
            named = np.array(_order(held), dtype=np.int64)[: np.count_nonzero(held)]
            fused[named] += _reciprocals(len(named))
            return _order(fused)

        return self.measure(order)


def _order(values: Any) -> list[int]:
    places: list[int] = np.argsort(-values, kind="stable").tolist()
    return places


def _reciprocals(count: int) -> NDArray[np.float64]:
    return 1 / (RRF_K + 1 + np.arange(count))


def folding(images: StarterImages, photos: Sequence[Path], pictures: Vectors) -> dict[str, Any]:
    """Return which pictures fold at several thresholds."""

    def vectors(makes: Callable[[Image.Image], Image.Image]) -> Vectors:
        read = (read_picture(photo, IMAGE_SIZE).image for photo in some)
        return embed(images, np.concatenate([images.prepare(makes(image)) for image in read]))

    some = photos[::3]
    variants = {name: vectors(makes) for name, makes in VARIANTS.items()}
    left, right = (
        vectors(lambda image, low=low, high=high: _part(image, low, high))  # type: ignore[misc]
        for low, high in ((0.0, 0.6), (0.4, 1.0))
    )
    result: dict[str, Any] = {}
    for threshold in THRESHOLDS:
        folded = assign_leaders(pictures, threshold) != np.arange(len(pictures))
        like = {n: (v * pictures[::3]).sum(axis=1) >= threshold for n, v in variants.items()}
        result[str(threshold)] = {
            "others": float(folded.mean()),
            **{name: float(is_folded.mean()) for name, is_folded in like.items()},
            "halves": float(((left * right).sum(axis=1) >= threshold).mean()),
        }
    return result


def _part(image: Image.Image, low: float, high: float) -> Image.Image:
    return image.crop((int(low * image.width), 0, int(high * image.width), image.height))


def prompts(photos: Sequence[Path], pictures: Vectors) -> dict[str, float]:
    """Return R@1 for each way to write a name."""
    text = StarterText()
    bare, caption = (
        text.embed_text([pattern.format(label_of(photo)) for photo in photos])
        for pattern in ("{}", "a photo of a {}.")
    )
    mean = bare + caption
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    by_prompt = {"name": bare, "caption": caption, "both": mean}
    return {name: recall(vectors, pictures)[0] for name, vectors in by_prompt.items()}


def fold_ms() -> dict[str, float]:
    """Return the time to find near-identical pictures among the first hits."""
    result = {}
    for dim in (256, 512):
        rows = np.random.default_rng(0).standard_normal((DEPTH, dim)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        result[str(dim)] = timed(lambda rows=rows: assign_leaders(rows, 0.95), 9)[0]  # type: ignore[misc]
    return result


def rounded(value: Any) -> Any:
    """Round every number in nested dictionaries."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def main() -> None:
    photos = photos_or_skip()
    images = StarterImages("cpu", form="float32")
    read = [images.prepare(read_picture(photo, IMAGE_SIZE).image) for photo in photos]
    pictures = embed(images, np.concatenate(read))
    truth = truths(photos)
    result: dict[str, Any] = {"photographs": len(photos), "words": len(truth)}
    result["line"] = line(pictures, truth)
    result["small"] = small(pictures, truth)
    with tempfile.TemporaryDirectory() as folder:
        library = Names(Path(folder), photos, pictures)
        result["names"] = {"none": library.by_meaning(pictures)}
        with open_engine(Settings(data_dir=Path(folder))) as engine:
            engine.attach(StarterText())
            for bonus in BONUSES:
                result["names"][f"bonus {bonus}"] = library.by_engine(engine, bonus)
        result["names"]["reciprocal rank"] = library.by_places(pictures)
    result["fold"] = folding(images, photos, pictures)
    result["fold"]["chosen"] = default_fold_threshold(MODEL_ID)
    result["prompts"] = prompts(photos, pictures)
    result["fold_ms"] = fold_ms()
    result = rounded(result)
    for name, part in result.items():
        print(f"{name}:")
        for key, figures in (part if isinstance(part, dict) else {"": part}).items():
            print(f"  {key:16} {figures}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
