"""Our towers compared with a plain open_clip loop, on small models with random weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tui.core.errors import ModelError
from tui.core.settings import Settings
from tui.models.clip.towers import ClipImages, ClipText
from tui.models.registry import find_model, open_images, open_text
from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES

if TYPE_CHECKING:
    from tui.core.domain import Vectors

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
VIT = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
RESNET = {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16}
TEXTS = ["a dog", "two red boats at sea", "", "naïve café ☕", "long " * 100]


def write_model(
    folder: Path, vision: dict[str, Any] = VIT, preprocess: Any = None, **options: Any
) -> Path:
    """Write a small open_clip model with random weights as a folder of open_clip."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": TEXT}
    kind = open_clip.CustomTextCLIP if options.get("custom_text") else open_clip.CLIP
    quick_gelu = options.get("quick_gelu", False)
    model = kind(**config, quick_gelu=quick_gelu)
    folder.mkdir(parents=True)
    described = {"model_cfg": config | options, "preprocess_cfg": preprocess or {}}
    (folder / CONFIG_FILE).write_text(json.dumps(described))
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / WEIGHT_FILES[0])
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", device="cpu")


def pictures() -> list[Image.Image]:
    sizes = [(300, 200), (200, 301), (64, 64), (33, 400), (20, 15), (1, 1)]
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (len(sizes), 40, 40, 3), dtype=np.uint8)
    return [Image.fromarray(one).resize(size) for one, size in zip(noise, sizes, strict=True)]


def plain_loop(folder: Path) -> tuple[Vectors, Vectors]:
    """Embed pictures and texts as open_clip's documentation does."""
    import open_clip
    import torch

    name = f"local-dir:{folder}"
    model, _, preprocess = open_clip.create_model_and_transforms(name)
    tokenizer = open_clip.get_tokenizer(name)
    model.eval()
    with torch.no_grad():
        images = model.encode_image(torch.stack([preprocess(p) for p in pictures()]))
        texts = model.encode_text(tokenizer(TEXTS))
    normalize = torch.nn.functional.normalize
    return normalize(images).numpy(), normalize(texts).numpy()


def cosines(ours: Vectors, theirs: Vectors) -> Vectors:
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    assert ours.flags.c_contiguous
    return (ours * theirs).sum(axis=1)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("vision", "preprocess", "options"),
    [
        (VIT, {}, {}),
        (VIT, {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3}, {}),
        (VIT, {"resize_mode": "longest", "fill_color": 128}, {"quick_gelu": True}),
        (VIT, {"interpolation": "bilinear", "std": [1.0] * 3}, {"custom_text": True}),
        (RESNET, {}, {}),
    ],
    ids=["shortest", "squash", "longest", "bilinear", "resnet"],
)
def test_vectors_equal_a_plain_open_clip_loop(
    vision: Any, preprocess: Any, options: Any, tmp_path: Path, settings: Settings
) -> None:
    folder = write_model(tmp_path / "model", vision, preprocess, **options)
    spec = find_model(str(folder), settings)
    images = ClipImages(spec, settings, form="float32")
    texts = ClipText(spec, settings, form="float32")
    assert (images.dim, images.image_size) == (spec.dim, spec.image_size)
    pixels = np.concatenate([images.prepare(picture) for picture in pictures()])
    assert pixels.shape == (6, images.image_size, images.image_size, 3)
    their_images, their_texts = plain_loop(folder)
    assert cosines(images.embed_images(pixels), their_images).min() >= 0.9999
    assert cosines(texts.embed_text(TEXTS), their_texts).min() >= 0.9999


def test_the_format_selected_on_this_machine_is_as_good(model: Path, settings: Settings) -> None:
    spec = find_model(str(model), settings)
    images, texts = open_images(spec, settings), open_text(spec, settings)
    pixels = np.concatenate([images.prepare(picture) for picture in pictures()])
    their_images, their_texts = plain_loop(model)
    assert cosines(images.embed_images(pixels), their_images).min() >= 0.999
    assert cosines(texts.embed_text(TEXTS), their_texts).min() >= 0.999
    assert images.model_id == texts.model_id == spec.model_id


def test_no_texts_give_no_vectors(model: Path, settings: Settings) -> None:
    text = ClipText(find_model(str(model), settings), settings)
    assert text.embed_text([]).shape == (0, 24)


def test_each_side_keeps_only_its_own_tower(model: Path, settings: Settings) -> None:
    spec = find_model(str(model), settings)
    weights = (model / WEIGHT_FILES[0]).stat().st_size
    images = ClipImages(spec, settings, form="autocast")  # in other formats the weights are packed
    texts = ClipText(spec, settings, form="float32")
    modules = [side._tower._module for side in (images, texts)]
    sizes = [sum(tensor.nbytes for tensor in module.state_dict().values()) for module in modules]
    assert 0.99 < sum(sizes) / weights < 1.01


def test_a_checkpoint_may_be_a_pickle(model: Path, tmp_path: Path, settings: Settings) -> None:
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / CONFIG_FILE).write_bytes((model / CONFIG_FILE).read_bytes())
    torch.save({"state_dict": load_file(model / WEIGHT_FILES[0])}, folder / WEIGHT_FILES[1])
    ours = ClipText(find_model(str(folder), settings), settings, form="float32").embed_text(TEXTS)
    assert cosines(ours, plain_loop(model)[1]).min() >= 0.9999


class Hostile:
    """Unpickling an instance runs a command."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.file}",)


def test_a_pickle_can_not_run_code(model: Path, tmp_path: Path, settings: Settings) -> None:
    import torch

    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / CONFIG_FILE).write_bytes((model / CONFIG_FILE).read_bytes())
    torch.save({"state_dict": Hostile(tmp_path / "owned")}, folder / WEIGHT_FILES[1])
    with pytest.raises(ModelError, match="safetensors"):
        ClipText(find_model(str(folder), settings), settings)
    assert not (tmp_path / "owned").exists()


def test_a_checkpoint_of_another_architecture_is_rejected(model: Path, settings: Settings) -> None:
    spec = find_model(f"RN50@{model / WEIGHT_FILES[0]}", settings)
    with pytest.raises(ModelError) as caught:
        ClipImages(spec, settings)
    assert "RN50" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x08\0\0\0\0\0\0\0{}      " * 9])
def test_a_file_without_weights_is_rejected(
    content: bytes, model: Path, tmp_path: Path, settings: Settings
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / CONFIG_FILE).write_bytes((model / CONFIG_FILE).read_bytes())
    (folder / WEIGHT_FILES[0]).write_bytes(content)
    with pytest.raises(ModelError, match="has no usable weights"):
        ClipImages(find_model(str(folder), settings), settings)


RARE = "ViT-B-32/commonpool_s_text_s13m_b4k"


@pytest.mark.parametrize("open_tower", [open_images, open_text])
def test_missing_weights_are_one_sentence(open_tower: Any, settings: Settings) -> None:
    with pytest.raises(ModelError) as caught:
        open_tower(find_model(RARE, settings), settings)
    sentence = str(caught.value)
    assert f"photoseek models pull {RARE}" in sentence
    assert "--weights FILE" in sentence
    assert "--model starter" in sentence


def test_an_unknown_tag_is_one_sentence(settings: Settings) -> None:
    with pytest.raises(ModelError, match=r"no weights 'wrong' for ViT-B-32; it has openai, "):
        open_images(find_model("ViT-B-32/wrong", settings), settings)


def test_a_missing_tokenizer_is_one_sentence(settings: Settings) -> None:
    with pytest.raises(ModelError, match="photoseek models pull multilingual"):
        open_text(find_model("ViT-B-32-SigLIP2-256/webli", settings), settings)


def test_a_text_tower_that_open_clip_lacks_is_one_sentence(settings: Settings) -> None:
    with pytest.raises(ModelError, match="choose another"):
        open_images(find_model("roberta-ViT-B-32/laion2b_s12b_b32k", settings), settings)


def test_weights_are_found_in_the_hub_cache(tmp_path: Path) -> None:
    """In a process of its own, since the hub library reads the cache's path when it is imported."""
    snapshots = tmp_path / "models--laion--CLIP-ViT-B-32-DataComp.XL-s13B-b90K"
    file = snapshots / "snapshots" / "0123abcd" / "open_clip_model.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    (snapshots / "refs").mkdir()
    (snapshots / "refs" / "main").write_text("0123abcd")
    code = (
        "from tui.models.presets import MODELS; from tui.models.clip.weights import find_weights;"
        "spec = next(spec for spec in MODELS if spec.name == 'clip');"
        "print(find_weights(spec, {'hf_hub': 'laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K/'}))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert Path(process.stdout.strip()) == file
