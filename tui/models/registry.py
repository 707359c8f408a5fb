"""The models on offer: what each is called, where it comes from, what it knows, how to open it.

A model is named by a preset (``starter``, ``clip`` ...), by ``ARCH/TAG`` of open_clip, by
``NAME@FILE`` (a preset, ``ARCH/TAG`` or ``ARCH`` with its weights in a file of one's own), or by a
folder that holds open_clip's ``open_clip_config.json`` beside the weights. Naming one imports
neither torch nor open_clip; opening one does.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.domain import ModelError
from tui.models import starter
from tui.models.notes import note, read_notes

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.domain import ImageEmbedder, TextEmbedder

CONFIG_FILE = "open_clip_config.json"
WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""What open_clip calls the weights in a folder or a hub repository; the first one there is used."""

_UNKNOWN = "unknown"
_HOW = (
    "`photoseek models` lists the names; ARCH/TAG of open_clip, NAME@FILE and a folder with "
    f"{CONFIG_FILE} work too"
)


@dataclass(frozen=True, slots=True)
class ClipSource:
    """Where an open_clip model comes from.

    Attributes:
        architecture: open_clip's name of it; the folder's name when ``folder`` is set.
        tag: open_clip's name of published weights; None for weights known only by their file.
        checkpoint: the local file with the weights; None to look in the hub's cache.
        folder: holds ``open_clip_config.json``, which then describes the architecture.
    """

    architecture: str
    tag: str | None = None
    checkpoint: Path | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as the user sees it, known without loading it.

    Attributes:
        name: what is typed after ``--model``.
        model_id: names the model and its weights; the key of embeddings and indexes.
        title: a short name to show.
        origin: where architecture and weights come from.
        dim: the length of a vector; None where only the weights can tell.
        image_size: the side of a prepared picture in pixels.
        download_bytes: the size of the weights to be fetched, 0 for none, None if unknown.
        languages: what one may type in.
        licence: of the weights.
        knows: one sentence on what it is good at and what it can't know.
        source: for open_clip; None for the built-in model.
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


def _published(
    name: str, architecture: str, tag: str, dim: int, side: int, **facts: Any
) -> ModelSpec:
    return ModelSpec(
        name=name,
        model_id=f"open_clip:{architecture}/{tag}",
        origin=f"open_clip {architecture}, {tag}",
        dim=dim,
        image_size=side,
        source=ClipSource(architecture, tag),
        **facts,
    )


# Sizes are the float32 parameter counts of open_clip's configurations times four bytes.
MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="starter",
        model_id=starter.MODEL_ID,
        title="Starter",
        origin="built in",
        dim=starter.DIM,
        image_size=starter.IMAGE_SIZE,
        download_bytes=0,
        languages="English",
        licence="Apache-2.0",
        knows="About 1,000 kinds of animal and object and the broader words above them; "
        "not people, colours, actions or style.",
    ),
    _published(
        "clip",
        "ViT-B-32",
        "datacomp_xl_s13b_b90k",
        512,
        224,
        title="CLIP ViT-B/32 (DataComp)",
        download_bytes=605_109_252,
        languages="English",
        licence="MIT",
        knows="Recommended: scenes, people, colours, actions and styles, in everyday English.",
    ),
    _published(
        "openai",
        "ViT-B-32",
        "openai",
        512,
        224,
        title="CLIP ViT-B/32 (OpenAI)",
        download_bytes=605_109_252,
        languages="English",
        licence="MIT",
        knows="The original CLIP: the same kind of things as `clip`, from less training data.",
    ),
)


def find_model(name: str, settings: Settings) -> ModelSpec:
    """Return the model that ``name`` means (see the module's first lines for the forms).

    Raises:
        ModelError: nothing goes by that name, or the file or folder named is not there.
    """
    for spec in MODELS:
        if name == spec.name:
            return spec
    folder = Path(name).expanduser()
    if (folder / CONFIG_FILE).is_file():
        return _from_folder(folder.absolute(), settings)
    if "@" in name:
        base, file = name.split("@", 1)
        return _with_checkpoint(base, file, settings)
    architecture, _, tag = name.rpartition("/")
    architecture = architecture.replace("/", "-")
    if not architecture or not tag or architecture not in architectures():
        raise ModelError(_no_such_model(name))
    return _from_tag(architecture, tag.lower().replace("-", "_"))


def open_text(spec: ModelSpec, settings: Settings, *, allow_download: bool = False) -> TextEmbedder:
    """Load a model's text tower; the network is asked only if ``allow_download``.

    Raises:
        ModelError: the weights are not here or don't fit.
    """
    if spec.source is None:
        return starter.StarterText()
    from tui.models.clip import ClipText

    return ClipText(spec, settings, allow_download=allow_download)


def open_images(
    spec: ModelSpec, settings: Settings, *, allow_download: bool = False
) -> ImageEmbedder:
    """Load a model's image tower; the network is asked only if ``allow_download``.

    Raises:
        ModelError: the weights are not here or don't fit.
    """
    if spec.source is None:
        return starter.StarterImages(settings.device, data_dir=settings.data_dir)
    from tui.models.clip import ClipImages

    return ClipImages(spec, settings, allow_download=allow_download)


@functools.cache
def architectures() -> dict[str, Path]:
    """Return open_clip's architectures and the file that describes each, without importing it."""
    package = importlib.util.find_spec("open_clip")
    if package is None or package.origin is None:
        return {}
    folder = Path(package.origin).parent / "model_configs"
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def _no_such_model(name: str) -> str:
    import difflib

    known = [spec.name for spec in MODELS] + [f"{name}/TAG" for name in architectures()]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"There is no model {name!r}{hint}; {_HOW}."


def _from_tag(architecture: str, tag: str) -> ModelSpec:
    model_id = f"open_clip:{architecture}/{tag}"
    for spec in MODELS:
        if spec.model_id == model_id:
            return spec
    dim, side = _shape(json.loads(architectures()[architecture].read_text(encoding="utf-8")))
    return ModelSpec(
        name=f"{architecture}/{tag}",
        model_id=model_id,
        title=f"{architecture}, {tag}",
        origin=f"open_clip {architecture}, {tag}",
        dim=dim,
        image_size=side,
        download_bytes=None,
        languages=_UNKNOWN,
        licence=_UNKNOWN,
        knows="What its weights were trained on; see open_clip's documentation.",
        source=ClipSource(architecture, tag),
    )


def _with_checkpoint(name: str, file: str, settings: Settings) -> ModelSpec:
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        raise ModelError(f"There is no checkpoint at {path}; give the weights' file after the @.")
    architecture = name.replace("/", "-")
    if architecture in architectures():
        base = replace(_from_tag(architecture, "_"), source=ClipSource(architecture))
    else:
        base = find_model(name, settings)
    if base.source is None:
        raise ModelError(f"{name} is built in and takes no checkpoint; name a CLIP before the @.")
    label = "/".join(filter(None, (base.source.architecture, base.source.tag)))
    return replace(
        base,
        name=f"{name}@{path}",
        model_id=f"open_clip:{label}@{content_hash(path, settings.data_dir)}",
        title=f"{label}, {path.name}",
        origin=f"open_clip {label}, {path}",
        download_bytes=0,
        source=replace(base.source, checkpoint=path),
    )


def _from_folder(folder: Path, settings: Settings) -> ModelSpec:
    try:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["model_cfg"]
        dim, side = _shape(config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / CONFIG_FILE} does not describe an open_clip model.") from error
    weights = next((folder / f for f in WEIGHT_FILES if (folder / f).is_file()), None)
    if weights is None:
        raise ModelError(f"{folder} holds no weights; put {WEIGHT_FILES[0]} there.")
    return ModelSpec(
        name=str(folder),
        model_id=f"open_clip:{folder.name}@{content_hash(weights, settings.data_dir)}",
        title=folder.name,
        origin=f"folder {folder}",
        dim=dim,
        image_size=side,
        download_bytes=0,
        languages=_UNKNOWN,
        licence=_UNKNOWN,
        knows="What its weights were trained on.",
        source=ClipSource(folder.name, checkpoint=weights, folder=folder),
    )


def _shape(config: dict[str, Any]) -> tuple[int, int | None]:
    """Read the vector's length and the picture's side from open_clip's description of a model."""
    side = config["vision_cfg"].get("image_size", 224)
    return int(config["embed_dim"]), side if isinstance(side, int) else None


def content_hash(path: Path, data_dir: Path) -> str:
    """Return 16 hexadecimal digits of XXH3 over a file's bytes.

    0.6 GB take 0.1 s from the page cache but seconds from a slow disk, so the answer is kept for
    a file whose size and time of change stay the same.
    """
    found = path.stat()
    seen = [found.st_size, found.st_mtime_ns]
    notes = data_dir / "checkpoints.json"
    known = read_notes(notes).get(str(path))
    if isinstance(known, list) and known[:-1] == seen:
        return str(known[-1])
    digest = _xxh3(path)
    note(notes, str(path), [*seen, digest])
    return digest


def _xxh3(path: Path) -> str:
    import xxhash

    digest = xxhash.xxh3_64()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
