"""The description of a model, available without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_FILE = "open_clip_config.json"
WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""The names of weights in a folder or a hub repository; the first existing one is used."""

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClipSource:
    """Where an open_clip model comes from.

    Attributes:
        architecture: open_clip's name of it, or that of the folder or the repository that
            defines it.
        tag: open_clip's name of published weights; None for weights known only by their file.
        checkpoint: the local file with the weights; None to look in the hub's cache.
        folder: contains ``open_clip_config.json``, which then describes the architecture.
        repository: the hub's ``owner/name`` with the weights, if known.
    """

    architecture: str
    tag: str | None = None
    checkpoint: Path | None = None
    folder: Path | None = None
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark of a model.

    Attributes:
        text: the figure with its unit.
        source: who measured it; empty for this project's own benches.
    """

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The description of one model for the user.

    Attributes:
        name: the value of ``--model``.
        model_id: names the model and its weights; the key of embeddings and indexes.
        title: a short name for display.
        origin: the source of the architecture and weights.
        dim: the length of a vector; None if it is unknown before the download.
        image_size: the side of a prepared picture in pixels.
        download_bytes: the size of the download, 0 for none, None if unknown.
        languages: the languages of queries.
        licence: of the weights.
        knows: one sentence on its strengths and limits.
        source: for open_clip; None for the built-in model.
        image_bytes: the image tower's weights in float32; half of that in bfloat16 or float16.
        text_bytes: the same for the text tower.
        figures: its benchmarks.
        work: the computation for a picture as a multiple of ``clip``'s; None if it is unknown.
        why: one sentence on why it was selected; empty if the user named it.
    """

    name: str
    model_id: str
    title: str
    origin: str
    dim: int | None
    image_size: int | None
    download_bytes: int | None
    languages: str
    licence: str
    knows: str
    source: ClipSource | None = None
    image_bytes: int | None = None
    text_bytes: int | None = None
    figures: tuple[Benchmark, ...] = ()
    work: float | None = None
    why: str = ""

    @property
    def caution(self) -> str:
        """A warning about the file of its weights; empty if there is none."""
        checkpoint = self.source.checkpoint if self.source else None
        if checkpoint is None or checkpoint.suffix == ".safetensors":
            return ""
        return (
            f"{checkpoint.name} is a pickle, which photoseek reads without running its code; "
            "a safetensors file opens faster."
        )
