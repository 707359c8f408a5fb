"""Finds a model by its name, chooses the default one, and opens it.

A model is named by a preset (``starter``, ``clip`` ...), by ``ARCH/TAG`` of open_clip, by
``hf-hub:OWNER/NAME``, by ``NAME@FILE`` (a preset, ``ARCH/TAG`` or ``ARCH`` with the user's own
weights), or by a folder with open_clip's ``open_clip_config.json`` beside the weights. ``auto``
chooses. Naming a model imports neither torch nor open_clip; opening one does.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import ModelError
from tui.core.files import read_json_object, save_json_value
from tui.core.settings import MEMORY
from tui.models.hub.cache import in_hub_cache, stay_offline
from tui.models.presets import BUILT_IN, MODELS, RECOMMENDED
from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES, ModelSpec
from tui.models.starter import towers as starter

if TYPE_CHECKING:
    from tui.core.domain import ImageEmbedder, TextEmbedder
    from tui.core.settings import Settings

AUTO = "auto"


def find_model(name: str, settings: Settings) -> ModelSpec:
    """Return the model of a name (the module's docstring lists the forms).

    Raises:
        ModelError: there is no such model, file or folder.
    """
    if name == AUTO:
        return _choose(settings)
    for spec in MODELS:
        if name == spec.name:
            return spec
    from tui.models import names  # most runs name a preset

    if name.startswith(names.HUB):
        return names.from_hub(name)
    folder = Path(name).expanduser()
    if (folder / CONFIG_FILE).is_file():
        return names.from_folder(folder.absolute(), settings.data_dir)
    if "@" in name:
        base, file = name.split("@", 1)
        path = names.checkpoint_file(file)
        spec = names.from_architecture(base) or find_model(base, settings)
        return names.with_checkpoint(spec, base, path, settings.data_dir)
    return names.from_tag(name)


def _choose(settings: Settings) -> ModelSpec:
    """Return the model last selected for this library, else installed CLIP, else the built-in."""
    last = read_json_object(settings.data_dir / MEMORY).get("model")
    remark = ""
    if isinstance(last, str) and last not in ("", AUTO):
        with suppress(ModelError):
            spec = find_model(last, settings)
            unknown = spec.source is not None and spec.source.repository is None
            if unknown or is_installed(spec):
                return replace(spec, why="last used for this library")
        remark = f"{last}, last used here, is no longer available; "
    clip = find_model(RECOMMENDED, settings)
    if is_installed(clip):
        return replace(clip, why=f"{remark}its weights are downloaded")
    built_in = find_model(BUILT_IN, settings)
    return replace(built_in, why=f"{remark}it needs no download")


def remember_model(name: str, settings: Settings) -> None:
    """Save a model as this library's choice, without changing the file's other keys."""
    file = settings.data_dir / MEMORY
    if read_json_object(file).get("model") != name:
        save_json_value(file, "model", name)


def is_installed(spec: ModelSpec) -> bool:
    """Whether a model's weights are on this machine, by their files."""
    source = spec.source
    if source is None or source.checkpoint is not None:
        return True
    repository = source.repository
    return bool(repository) and any(in_hub_cache(str(repository), file) for file in WEIGHT_FILES)


def open_text(spec: ModelSpec, settings: Settings) -> TextEmbedder:
    """Load a model's text tower, without its image tower and without the network.

    Raises:
        ModelError: the weights are missing or don't fit.
    """
    if spec.source is None:
        return starter.StarterText()
    stay_offline()
    from tui.models.clip.text_tower_cache import open_cached

    tower = open_cached(spec, settings)
    if tower is not None:
        return tower
    from tui.models.clip.towers import ClipText

    return ClipText(spec, settings)


def open_images(spec: ModelSpec, settings: Settings) -> ImageEmbedder:
    """Load a model's image tower, without the network.

    Raises:
        ModelError: the weights are missing or don't fit.
    """
    if spec.source is None:
        return starter.StarterImages(settings.device, data_dir=settings.data_dir)
    stay_offline()
    from tui.models.clip.towers import ClipImages

    return ClipImages(spec, settings)
