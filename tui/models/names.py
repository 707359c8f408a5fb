"""Model names other than presets: architectures, repositories, folders and files."""

from __future__ import annotations

import functools
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.core.errors import ModelError
from tui.core.files import read_json_object, save_json_value
from tui.models.hub.cache import in_hub_cache
from tui.models.presets import MODELS
from tui.models.runtime.spec import CONFIG_FILE, UNKNOWN, WEIGHT_FILES, ClipSource, ModelSpec

HUB = "hf-hub:"

_HOW = (
    "`photoseek models` lists the names; ARCH/TAG of open_clip, hf-hub:OWNER/NAME, NAME@FILE and a "
    f"folder with {CONFIG_FILE} work too"
)


@functools.cache
def architectures() -> dict[str, Path]:
    """Return open_clip's architectures and the file that describes each, without importing it."""
    package = importlib.util.find_spec("open_clip")
    if package is None or package.origin is None:
        return {}
    folder = Path(package.origin).parent / "model_configs"
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def from_tag(name: str) -> ModelSpec:
    """Return the model of a name ``ARCH/TAG``.

    Raises:
        ModelError: open_clip has no such architecture. A missing tag is reported when it is
            loaded.
    """
    architecture, _, tag = name.rpartition("/")
    architecture = architecture.replace("/", "-")
    if not architecture or not tag or architecture not in architectures():
        raise ModelError(_no_such_model(name))
    return _published(architecture, tag.lower().replace("-", "_"))


def _published(architecture: str, tag: str) -> ModelSpec:
    model_id = f"open_clip:{architecture}/{tag}"
    for spec in MODELS:
        if spec.model_id == model_id:
            return spec
    dim, side = _shape(json.loads(architectures()[architecture].read_text(encoding="utf-8")))
    return _unknown(
        name=f"{architecture}/{tag}",
        model_id=model_id,
        title=f"{architecture}, {tag}",
        origin=f"open_clip {architecture}, {tag}",
        dim=dim,
        image_size=side,
        source=ClipSource(architecture, tag),
    )


def from_hub(name: str) -> ModelSpec:
    """Return the model of a name ``hf-hub:OWNER/NAME``; its shape is unknown before the download.

    Raises:
        ModelError: the name is not a repository, or its downloaded files are not a model of
            open_clip.
    """
    repository = name.removeprefix(HUB)
    owner, _, title = repository.partition("/")
    if not owner or not title or "/" in title or ".." in repository:
        raise ModelError(f"{name!r} is not a model of the hub; write {HUB}OWNER/NAME.")
    config = in_hub_cache(repository, CONFIG_FILE)
    weights = next((file for f in WEIGHT_FILES if (file := in_hub_cache(repository, f))), None)
    dim, side = (None, None) if config is None else _described_shape(config)
    is_local = config is not None and weights is not None
    # Vectors belong to one revision: another one may have other weights.
    revision = f"@{config.parent.name[:12]}" if config is not None else ""
    return _unknown(
        name=f"{HUB}{repository}",
        model_id=f"open_clip:{HUB}{repository}{revision}",
        title=title,
        origin=f"the hub's {repository}",
        dim=dim,
        image_size=side,
        download_bytes=0 if is_local else None,
        source=ClipSource(
            title,
            checkpoint=weights if is_local else None,
            folder=config.parent if config is not None and is_local else None,
            repository=repository,
        ),
    )


def checkpoint_file(name: str) -> Path:
    """Return the full path of a file of weights.

    Raises:
        ModelError: there is no such file.
    """
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise ModelError(f"No such checkpoint: {path}; write the path of the weights after the @.")
    return path


def from_architecture(name: str) -> ModelSpec | None:
    """Return the model of an architecture without weights, None if open_clip lacks it."""
    architecture = name.replace("/", "-")
    if architecture not in architectures():
        return None
    return replace(_published(architecture, "_"), source=ClipSource(architecture))


def with_checkpoint(base: ModelSpec, name: str, path: Path, data_dir: Path) -> ModelSpec:
    """Return the model ``base``, renamed to ``name``, with its weights in a file.

    Raises:
        ModelError: the model can't have other weights.
    """
    if base.source is None:
        raise ModelError(f"{name} is built in and needs no checkpoint; choose a CLIP model.")
    label = "/".join(filter(None, (base.source.architecture, base.source.tag)))
    return replace(
        base,
        name=f"{name}@{path}",
        model_id=f"open_clip:{label}@{content_hash(path, data_dir)}",
        title=f"{label}, {path.name}",
        origin=f"open_clip {label}, {path}",
        download_bytes=0,
        source=replace(base.source, checkpoint=path),
    )


def from_folder(folder: Path, data_dir: Path) -> ModelSpec:
    """Return the model in a folder.

    Raises:
        ModelError: it is not a model of open_clip, or the weights are missing.
    """
    dim, side = _described_shape(folder / CONFIG_FILE)
    weights = next((folder / f for f in WEIGHT_FILES if (folder / f).is_file()), None)
    if weights is None:
        raise ModelError(f"{folder} holds no weights; put {WEIGHT_FILES[0]} there.")
    return _unknown(
        name=str(folder),
        model_id=f"open_clip:{folder.name}@{content_hash(weights, data_dir)}",
        title=folder.name,
        origin=f"folder {folder}",
        dim=dim,
        image_size=side,
        download_bytes=0,
        source=ClipSource(folder.name, checkpoint=weights, folder=folder),
    )


def _unknown(**facts: Any) -> ModelSpec:
    """Return a model of which only the configuration is known."""
    facts = {"download_bytes": None, **facts}
    return ModelSpec(
        languages=UNKNOWN,
        licence=UNKNOWN,
        knows="Depends on its training data; see its publisher's description.",
        **facts,
    )


def _described_shape(file: Path) -> tuple[int, int | None]:
    try:
        return _shape(json.loads(file.read_text(encoding="utf-8"))["model_cfg"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file} does not describe an open_clip model.") from error


def _shape(config: dict[str, Any]) -> tuple[int, int | None]:
    """Read the vector's length and the picture's side from open_clip's description of a model."""
    side = config["vision_cfg"].get("image_size", 224)
    return int(config["embed_dim"]), side if isinstance(side, int) else None


def _no_such_model(name: str) -> str:
    import difflib

    names = [spec.name for spec in MODELS] + [f"{name}/TAG" for name in architectures()]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"Unknown model {name!r}{hint}; {_HOW}."


def content_hash(path: Path, data_dir: Path) -> str:
    """Return 16 hexadecimal digits of XXH3 over a file's bytes.

    Reading large weights from a slow disk takes seconds, so the hash is cached until the file's
    size or time of change differs.
    """
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns]
    cache = data_dir / "checkpoints.json"
    entry = read_json_object(cache).get(str(path))
    if isinstance(entry, list) and entry[:-1] == stamp:
        return str(entry[-1])
    digest = _xxh3(path)
    save_json_value(cache, str(path), [*stamp, digest])
    return digest


def _xxh3(path: Path) -> str:
    import xxhash

    digest = xxhash.xxh3_64()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
