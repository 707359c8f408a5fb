"""CLIP and its relatives through open_clip; the only module that imports it.

Weights come from a local file or from the hub library's cache on this machine, never from the
network. Imports torch, so import this module late.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tui.core.errors import ModelError
from tui.models.clip.text_tower_cache import TextEncoder, cache_text_tower
from tui.models.clip.tokenizer import ClipTokens
from tui.models.clip.weights import find_weights, missing_weights
from tui.models.hub.cache import in_hub_cache
from tui.models.runtime.precision import pick_device
from tui.models.runtime.spec import CONFIG_FILE, TOKENIZER_FILES
from tui.models.runtime.tower import Tower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from PIL import Image

    from tui.core.domain import Pixels, Vectors
    from tui.core.settings import Settings
    from tui.models.runtime.precision import NumberFormat
    from tui.models.runtime.resize import Kernel
    from tui.models.runtime.spec import ClipSource, ModelSpec

_TEXTS_TO_TRY = (
    "dog",
    "sunset over the sea",
    "a photo of a red car in the rain",
    "two people laughing at a table outside",
    "a plate of spaghetti with basil",
    "old black and white portrait",
    "mountains",
    "children playing football in a park on a sunny day",
)


class ClipImages:
    """The image tower of an open_clip model.

    Args:
        spec: the model.
        settings: names the device, and the folder of measurements.
        form: the number format; None for the fastest that equals float32.

    Raises:
        ModelError: the weights are missing, or don't fit.
    """

    def __init__(
        self,
        spec: ModelSpec,
        settings: Settings,
        *,
        form: NumberFormat | None = None,
    ) -> None:
        config, preprocessing = _describe(spec)
        model = _load(spec, config)
        self.model_id = spec.model_id
        self.dim = int(config["embed_dim"])
        self._resize, self.image_size = _resizing(preprocessing, model.visual.image_size, spec)
        self._tower = _image_tower(
            model.visual, pick_device(settings.device), preprocessing["mean"], preprocessing["std"]
        )
        if form is None:
            self._tower.choose_format(spec.model_id, "image", settings.data_dir)
        else:
            self._tower.convert_to(form)

    @property
    def form(self) -> NumberFormat:
        """The number format that the tower runs in."""
        return self._tower.form

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop as open_clip does; shape ``(1, image_size, image_size, 3)``."""
        return self._resize(image)[np.newaxis]

    def embed_images(self, pixels: Pixels) -> Vectors:
        """Return one unit vector a prepared picture, float32, shape ``(n, dim)``."""
        if not len(pixels):
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._tower(_as_batch(pixels))


class ClipText(TextEncoder):
    """The text tower of an open_clip model; the arguments and errors are those of ClipImages.

    A plain tower is cached in a file for later runs.
    """

    def __init__(
        self, spec: ModelSpec, settings: Settings, *, form: NumberFormat | None = None
    ) -> None:
        from tui.models.clip.text_tower import TextTower

        config, _ = _describe(spec)
        tokenize = _tokenizer(spec, config["text_cfg"])
        model = _load(spec, config)
        del model.visual
        device = pick_device(settings.device)
        module = TextTower.of(model) if TextTower.fits(model) else None
        if module is not None:
            tower = Tower(module, device)
        else:
            tower = Tower(model, device, method="encode_text")
        super().__init__(spec.model_id, int(config["embed_dim"]), tower, tokenize)
        if form is not None:
            tower.convert_to(form)
            return
        if not tower.choose_format(spec.model_id, "text", settings.data_dir):
            # Queries arrive one by one, so the calibration batch is fixed.
            self.embed_text(_TEXTS_TO_TRY)
        if module is not None and isinstance(tokenize, ClipTokens):
            cache_text_tower(module, tower.form, spec.model_id, settings.data_dir)


def _image_tower(visual: Any, device: str, mean: Sequence[float], std: Sequence[float]) -> Tower:
    from tui.models.clip.vision_tower import VisionTower

    if VisionTower.fits(visual):
        return Tower(VisionTower(visual, mean, std), device)
    return Tower(visual, device, normal=(mean, std))


def _as_batch(pixels: Pixels) -> torch.Tensor:
    """Return a view of pictures for torch: ``(n, 3, side, side)`` in channels_last."""
    import torch

    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def _source(spec: ModelSpec) -> ClipSource:
    if spec.source is None:
        raise ModelError(f"{spec.name} is not a model that open_clip knows.")
    return spec.source


def _describe(spec: ModelSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return open_clip's configuration of a model and of its preprocessing."""
    import open_clip
    from open_clip.transform import PreprocessCfg, merge_preprocess_dict

    source = _source(spec)
    if source.folder is not None:
        described = json.loads((source.folder / CONFIG_FILE).read_text(encoding="utf-8"))
        config, overlay = described["model_cfg"], described.get("preprocess_cfg", {})
    elif source.repository and not source.tag:
        raise missing_weights(spec)
    else:
        config = open_clip.get_model_config(source.architecture)
        overlay = _preprocessing(source.architecture, source.tag)
        # Only a tag defines how its weights were trained; the architecture's file does not.
        if source.tag and overlay.get("quick_gelu"):
            config["quick_gelu"] = True
    if "hf_model_name" in config["text_cfg"]:
        raise ModelError(
            f"{spec.name} needs a text tower that open_clip lacks; choose another model."
        )
    return config, merge_preprocess_dict(asdict(PreprocessCfg()), overlay)


def _preprocessing(architecture: str, tag: str | None) -> dict[str, Any]:
    """Return open_clip's preprocessing of published weights; without a tag, what all tags share."""
    import open_clip

    tags = [tag] if tag else open_clip.list_pretrained_tags_by_model(architecture)
    configs = [open_clip.get_pretrained_cfg(architecture, name) for name in tags]
    if not configs:
        return {}
    return {
        key: value for key, value in configs[0].items() if all(s.get(key) == value for s in configs)
    }


def _resizing(
    preprocessing: dict[str, Any], size: int | tuple[int, int], spec: ModelSpec
) -> tuple[Callable[[Image.Image], Pixels], int]:
    """Return open_clip's resizing of a PIL picture, and the side of the result."""
    from open_clip.transform import PreprocessCfg, image_transform_v2

    from tui.models.runtime.resize import resize, resize_and_crop

    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise ModelError(f"{spec.name} needs pictures that are not square; choose another model.")
    side = sides.pop()
    config = PreprocessCfg(**preprocessing | {"size": side})
    kernel: Kernel = "bilinear" if config.interpolation == "bilinear" else "bicubic"
    if config.resize_mode == "shortest":
        return lambda image: resize_and_crop(image, side, kernel), side
    if config.resize_mode == "squash":
        return lambda image: resize(image, (side, side), kernel), side
    steps = image_transform_v2(config, is_train=False).transforms[:-2]  # no tensors or scaling
    return lambda image: np.asarray(reduce(lambda picture, step: step(picture), steps, image)), side


def _load(spec: ModelSpec, config: dict[str, Any]) -> Any:
    """Build a model and load its weights, without executing code from a file."""
    import open_clip

    checkpoint = _source(spec).checkpoint or find_weights(spec, pretrained_config(spec))
    model = _build(config)
    try:
        open_clip.load_checkpoint(model, str(checkpoint), strict=True, weights_only=True)
    except Exception as error:
        raise ModelError(
            f"{checkpoint} has no usable weights of {_source(spec).architecture} "
            f"({_first_line(error)}); pass a safetensors file of that architecture."
        ) from error
    return model


def _build(config: dict[str, Any]) -> Any:
    """Return the model without initial weights, since all of them are loaded next."""
    import open_clip
    from torch.overrides import TorchFunctionMode

    class NoInit(TorchFunctionMode):
        """Skips ``torch.nn.init``, which takes most of the time of building a model."""

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs = kwargs or {}
            if getattr(func, "__module__", None) == "torch.nn.init":
                return kwargs.get("tensor", args[0] if args else None)
            return func(*args, **kwargs)

    config = dict(config)
    custom_text = config.pop("custom_text", False)
    if "timm_model_name" in config["vision_cfg"]:
        config["vision_cfg"] = config["vision_cfg"] | {"timm_model_pretrained": False}
    kind = open_clip.CLIP
    if custom_text:
        kind = open_clip.CoCa if "multimodal_cfg" in config else open_clip.CustomTextCLIP
    with NoInit():
        return kind(**config)


def pretrained_config(spec: ModelSpec) -> dict[str, Any]:
    """Return open_clip's entry for a model's weights: ``hf_hub``, ``url`` and preprocessing.

    Raises:
        ModelError: it has no such weights.
    """
    import open_clip

    source = _source(spec)
    config: dict[str, Any] = open_clip.get_pretrained_cfg(source.architecture, source.tag or "")
    if not config:
        tags = open_clip.list_pretrained_tags_by_model(source.architecture)
        raise ModelError(
            f"open_clip has no weights {source.tag!r} for {source.architecture}; "
            f"it has {', '.join(tags) or 'none'}."
        )
    return config


def _tokenizer(spec: ModelSpec, text: dict[str, Any]) -> Callable[[list[str]], torch.Tensor]:
    length, special = text.get("context_length", 77), text.get("tokenizer_kwargs", {})
    repository = text.get("hf_tokenizer_name")
    if not repository and not special:
        return ClipTokens(length)
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    options = {"context_length": length, **special}
    if not repository:
        return cast("Callable[[list[str]], torch.Tensor]", SimpleTokenizer(**options))
    folder = _source(spec).folder
    if folder is None or not (folder / TOKENIZER_FILES[0]).is_file():
        file = in_hub_cache(repository, TOKENIZER_FILES[0])
        if file is None:
            raise ModelError(
                f"The tokenizer of {spec.name} is not downloaded; run "
                f"`photoseek models pull {spec.name}`."
            )
        folder = file.parent
    try:
        tokenizer = HFTokenizer(str(folder), tokenizer_mode=text.get("tokenizer_mode"), **options)
    except ImportError as error:
        raise ModelError(
            f"{spec.name} needs another package; run `pip install transformers`."
        ) from error
    return cast("Callable[[list[str]], torch.Tensor]", tokenizer)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".: ")
