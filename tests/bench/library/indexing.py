"""Indexing speed, compared with a plain loop, ONNX Runtime and the encoder alone.

For each model (the ViT-B/32 architecture with random weights, the starter) and each size of
generated JPEGs, images a second of

* photoseek: ``index_folders`` into an empty library, with the model loaded;
* plain: PIL decodes in full, torch embeds in float32, batch 32, one process, torch's own threads;
* ONNX Runtime: the same loop and decode, the encoder exported and run in float32;
* the ceiling: photoseek's encoder alone, with prepared pictures.

Each runs in a process of its own with its model loaded and warm; they take turns within a round,
and the best round of each counts. The files are in the page cache. One JSON object a case, and one
of everything as the last line. ``python -m tests.bench.library.indexing --help`` shows how to run
parts.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.bench.photographs import SIZES, make_photographs
from tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from tui.core.domain import ImageEmbedder

BATCH = 32
COUNTS = {12.0: 192, 2.0: 384, 0.2: 960}
"""Files in a round; the slow contenders get a part of them."""

SLOW_PART = 6


def write_vit(folder: Path) -> Path:
    """Write ViT-B/32 with random weights as a folder of open_clip."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES

    torch.manual_seed(0)
    config = open_clip.get_model_config("ViT-B-32")
    folder.mkdir()
    (folder / CONFIG_FILE).write_text(json.dumps({"model_cfg": config}))
    state = open_clip.CLIP(**config).state_dict()
    save_file({name: value.contiguous() for name, value in state.items()}, folder / WEIGHT_FILES[0])
    return folder


# --- code that runs in the processes --------------------------------------------------------------


@functools.cache
def ours(model: str, work: Path) -> Any:
    """Return photoseek's image tower, warm, in the precision that it selects.

    It selects on the sample photographs if they exist: the starter's vectors of generated pictures
    are so vague that it would stay in float32.
    """
    import pytest

    from tests.support.pictures.sample_photos import photos_or_skip
    from tui.models.registry import find_model, open_images

    settings = Settings(data_dir=work / "models")
    embedder: Any = open_images(find_model(model, settings), settings)
    with contextlib.suppress(pytest.skip.Exception):
        embedder.embed_images(prepared(photos_or_skip(), embedder))
    return embedder


def photoseek(model: str, work: Path, folder: Path, paths: list[Path]) -> float:
    """Index a folder into an empty library."""
    from tui.indexing.indexer import index_folders
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.store import LocalStore

    embedder = ours(model, work)
    embedder.embed_images(prepared(paths, embedder))
    data_dir = Path(tempfile.mkdtemp(dir=work))
    with Catalog.open(data_dir) as catalog:
        start = time.perf_counter()
        report = index_folders(
            LocalStore(catalog),
            [folder],
            model_id=embedder.model_id,
            load=lambda: embedder,
            settings=Settings(data_dir=data_dir),
            on_progress=lambda progress: None,
            cancelled=lambda: False,
        )
        seconds = time.perf_counter() - start
    shutil.rmtree(data_dir)
    assert (report.indexed, report.failed) == (len(paths), 0)
    return len(paths) / seconds


def ceiling(model: str, work: Path, folder: Path, paths: list[Path]) -> float:
    """Embed prepared pictures only."""
    embedder = ours(model, work)
    batch = prepared(paths, embedder)
    embedder.embed_images(batch)
    rounds = max(4, len(paths) // BATCH)
    start = time.perf_counter()
    for _ in range(rounds):
        embedder.embed_images(batch)
    return rounds * len(batch) / (time.perf_counter() - start)


def plain(model: str, work: Path, folder: Path, paths: list[Path]) -> float:
    """Embed as the documentation of the model's library does."""
    preprocess, encode = plain_torch(model, work)
    return loop(paths, preprocess, encode)


def onnx(model: str, work: Path, folder: Path, paths: list[Path]) -> float:
    """Do the same as ``plain``, with ONNX Runtime instead of torch."""
    preprocess, encode = onnx_runtime(model, work)
    return loop(paths, preprocess, encode)


def loop(
    paths: list[Path],
    preprocess: Callable[[Image.Image], Any],
    encode: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> float:
    """Decode, embed and normalise, one batch after the other."""
    import numpy as np
    from PIL import Image

    def batches() -> Iterator[NDArray[np.float32]]:
        for first in range(0, len(paths), BATCH):
            pictures = [Image.open(path).convert("RGB") for path in paths[first : first + BATCH]]
            yield np.stack([np.asarray(preprocess(picture)) for picture in pictures])

    encode(np.zeros_like(next(batches())))
    vectors = []
    start = time.perf_counter()
    for batch in batches():
        features = encode(batch)
        vectors.append(features / np.linalg.norm(features, axis=1, keepdims=True))
    seconds = time.perf_counter() - start
    assert np.isfinite(np.concatenate(vectors)).all()
    return len(paths) / seconds


@functools.cache
def plain_module(model: str, work: Path) -> tuple[Any, Any]:
    """Return the encoder in float32, and its preprocessing, from its own library."""
    if model == "starter":
        # The network as in its library; random weights take the same time.
        timm: Any = importlib.import_module("timm")
        encoder = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
        options = timm.data.resolve_data_config({}, model=encoder)
        return timm.data.create_transform(**options), encoder
    import open_clip

    clip, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{model}")
    return preprocess, clip.visual.eval()


def plain_torch(model: str, work: Path) -> tuple[Any, Any]:
    """Return preprocessing and encoder of the plain loop."""
    import torch

    preprocess, encoder = plain_module(model, work)

    def encode(batch: NDArray[np.float32]) -> Any:
        with torch.inference_mode():
            return encoder(torch.from_numpy(batch)).numpy()

    return preprocess, encode


@functools.cache
def onnx_runtime(model: str, work: Path) -> tuple[Any, Any]:
    """Return preprocessing and encoder, the encoder run by ONNX Runtime."""
    import onnxruntime
    import torch

    preprocess, encoder = plain_module(model, work)
    file = work / f"{Path(model).name}.onnx"
    torch.onnx.export(
        encoder,
        (torch.zeros(2, 3, 224, 224),),
        file,
        input_names=["pixels"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return preprocess, lambda batch: session.run(None, {"pixels": batch})[0]


def prepared(paths: list[Path], embedder: ImageEmbedder) -> Any:
    import numpy as np
    from PIL import Image

    pictures = [Image.open(path).convert("RGB") for path in paths[:BATCH]]
    return np.concatenate([embedder.prepare(picture) for picture in pictures])


# --- the cases ------------------------------------------------------------------------------------

CONTENDERS: dict[str, Callable[..., float]] = {
    "ceiling": ceiling,
    "photoseek": photoseek,
    "plain": plain,
    "onnx": onnx,
}


def measure(model: str, name: str, work: Path, options: argparse.Namespace) -> Iterator[Any]:
    """Yield one case of a model for each size."""
    spawn = multiprocessing.get_context("spawn")
    processes = {
        contender: ProcessPoolExecutor(max_workers=1, mp_context=spawn) for contender in CONTENDERS
    }
    try:
        for megapixels in options.megapixels:
            count = options.count or COUNTS[megapixels]
            folder = work / f"{name}-{megapixels}"
            paths = make_photographs(folder, megapixels, count)
            part = paths[: max(BATCH, count // SLOW_PART // BATCH * BATCH)]
            best = dict.fromkeys(CONTENDERS, 0.0)
            for _ in range(options.rounds):
                for contender, run in CONTENDERS.items():
                    sources = part if contender in ("plain", "onnx") else paths
                    job = processes[contender].submit(run, model, work, folder, sources)
                    best[contender] = max(best[contender], job.result())
            shutil.rmtree(folder)
            yield case(name, megapixels, best) | {"precision": chosen(work)}
    finally:
        for process in processes.values():
            process.shutdown()


def case(name: str, megapixels: float, rates: dict[str, float]) -> dict[str, Any]:
    mine = rates["photoseek"]
    return {
        "model": name,
        "megapixels": megapixels,
        "images_s": round(mine, 1),
        "vs_plain": round(mine / rates["plain"], 2),
        "vs_onnx": round(mine / rates["onnx"], 2),
        "vs_ceiling": round(mine / rates["ceiling"], 3),
        "rates": {contender: round(rate, 1) for contender, rate in rates.items()},
    }


def chosen(work: Path) -> str:
    """Return the number format in which the model runs."""
    from tui.models.runtime.precision import precision_report

    return precision_report(work / "models")[-1].form


def main(arguments: list[str] | None = None) -> int:
    """Run the requested cases, by default all."""
    parser = argparse.ArgumentParser(description="Measure indexing.")
    parser.add_argument("--model", nargs="+", choices=["clip", "starter"])
    parser.add_argument("--megapixels", nargs="+", type=float, choices=list(SIZES))
    parser.add_argument("--count", type=int, help="files a round, instead of a number by size")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    options.megapixels = options.megapixels or list(SIZES)
    cases = []
    with tempfile.TemporaryDirectory(prefix="photoseek-bench-") as name:
        work = Path(name)
        for model in options.model or ["clip", "starter"]:
            source = str(write_vit(work / "ViT-B-32")) if model == "clip" else model
            for result in measure(source, model, work, options):
                cases.append(result)
                print(json.dumps(result), flush=True)
    print(json.dumps({"bench": "indexing", "cases": cases}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
