"""The built-in model's image side, and its results on the sample photographs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.bench.starter_quality import broad_precision, embed, prepare, recall
from tests.support.pictures.sample_photos import label_of, photos_or_skip
from tui.core.errors import ModelError
from tui.models.starter.model_file import STARTER_FILE, read_part, write_model_file
from tui.models.starter.towers import DIM, IMAGE_SIZE, MODEL_ID, StarterImages, StarterText

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.domain import Pixels, Vectors


def soft_pictures(side: int, count: int) -> Pixels:
    """Return pictures of soft blots, always the same."""
    noise = np.random.default_rng(0).integers(0, 256, (count, 12, 12, 3), dtype=np.uint8)
    blots = [Image.fromarray(one).resize((side, side)) for one in noise]
    return np.stack([np.asarray(one) for one in blots])


@pytest.fixture(scope="module")
def images() -> StarterImages:
    return StarterImages("cpu", form="float32")


@pytest.fixture(scope="module")
def photos() -> list[Path]:
    return photos_or_skip()


@pytest.fixture(scope="module")
def pixels(images: StarterImages, photos: list[Path]) -> Pixels:
    return prepare(images, photos)


@pytest.fixture(scope="module")
def vectors(images: StarterImages, pixels: Pixels) -> Vectors:
    return embed(images, pixels)


def test_vectors_have_unit_length_and_do_not_change(images: StarterImages) -> None:
    pictures = soft_pictures(IMAGE_SIZE, 3)
    vectors = images.embed_images(pictures)
    assert vectors.shape == (3, DIM)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert np.array_equal(vectors, images.embed_images(pictures))


@pytest.mark.parametrize("value", [0, 255])
def test_a_picture_of_one_colour_has_a_vector(images: StarterImages, value: int) -> None:
    vectors = images.embed_images(np.full((1, IMAGE_SIZE, IMAGE_SIZE, 3), value, dtype=np.uint8))
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)


def test_no_pictures_give_no_vectors(images: StarterImages) -> None:
    empty = np.empty((0, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=np.uint8)
    assert images.embed_images(empty).shape == (0, DIM)


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (500, 375), (224, 224)])
def test_pictures_of_any_size_can_be_prepared(images: StarterImages, size: tuple[int, int]) -> None:
    pixels = images.prepare(Image.new("RGB", size, (9, 90, 200)))
    assert pixels.shape == (1, IMAGE_SIZE, IMAGE_SIZE, 3)
    assert (pixels == (9, 90, 200)).all()


def test_only_the_centre_of_a_picture_counts(images: StarterImages) -> None:
    picture = Image.new("RGB", (800, 400), "red")
    picture.paste((0, 0, 255), (225, 25, 575, 375))  # 0.875 of the height, in the middle
    pixels = images.prepare(picture)[0]
    assert (pixels[4:-4, 4:-4] == (0, 0, 255)).all()


def test_preparing_in_many_threads_gives_the_same_pixels(images: StarterImages) -> None:
    picture = Image.fromarray(soft_pictures(300, 1)[0])
    alone = images.prepare(picture)
    prepared: list[Pixels] = []
    threads = [
        threading.Thread(target=lambda: prepared.append(images.prepare(picture.copy())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(prepared) == 8
    assert all(np.array_equal(alone, one) for one in prepared)


def test_the_network_equals_that_of_timm(images: StarterImages) -> None:
    """Same layers, paddings and order as the reference, compared with random weights."""
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    from tui.models.starter.training.network import folded

    torch.manual_seed(0)
    reference = timm.create_model("tf_efficientnet_lite0").eval()
    for name, values in reference.state_dict().items():
        if name.endswith("running_mean"):
            values.uniform_(-0.1, 0.1)
        if name.endswith("running_var"):
            values.uniform_(0.5, 1.5)
    ours = folded(list(reference.state_dict().values()))
    batch = torch.from_numpy(soft_pictures(IMAGE_SIZE, 2)).permute(0, 3, 1, 2)
    with torch.inference_mode():
        expected = reference((batch.float() - 127) / 128)
        assert torch.allclose(ours(batch), expected, atol=1e-4 * float(expected.abs().max()))
        ours.to(memory_format=torch.channels_last).pack()
        assert torch.allclose(ours(batch), expected, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("part", ["image.00.weight", "image.prototypes"])
def test_a_model_file_without_a_part_is_one_sentence(tmp_path: Path, part: str) -> None:
    tensors, settings = read_part(STARTER_FILE, "image", MODEL_ID)
    path = tmp_path / "starter.safetensors"
    remaining = {name: values for name, values in tensors.items() if name != part}
    write_model_file(path, remaining, settings, MODEL_ID)
    with pytest.raises(ModelError, match=r"^The built-in model's file .* install photoseek again"):
        StarterImages("cpu", form="float32", path=path)


def test_photographs_are_found_by_name_and_by_kind(
    photos: list[Path], vectors: Vectors, capfd: pytest.CaptureFixture[str]
) -> None:
    text = StarterText()
    names = text.embed_text([f"a photo of a {label_of(photo)}" for photo in photos])
    first, ten = recall(names, vectors)
    kinds = [photo.name.partition("_")[0] for photo in photos]
    broad = float(np.mean(list(broad_precision(text, vectors, kinds).values())))
    with capfd.disabled():
        print(f"\nstarter: R@1 {first:.3f}, R@10 {ten:.3f}, broad P@10 {broad:.3f}")
    assert first >= 0.80
    assert ten >= 0.94
    assert broad >= 0.85


def test_scenes_that_the_classes_imply_are_found(photos: list[Path], vectors: Vectors) -> None:
    implied = {
        "beach": {"promontory", "lakeside", "breakwater", "swimming trunks", "bikini", "cliff"},
        "mountain": {"cliff", "promontory", "lakeside", "ski", "mountain bike"},
        "kitchen": {"frying pan", "waffle iron", "wok", "spatula", "mixing bowl", "dough"},
        "street": {"school bus", "minivan", "tow truck", "moped", "fire engine"},
        "forest": {"agaric", "stinkhorn", "lakeside", "orangutan", "gorilla", "siamang"},
        "food on a plate": {"meat loaf", "burrito", "mashed potato", "potpie", "pizza", "hotdog"},
    }
    text = StarterText()
    for scene, expected in implied.items():
        best = np.argsort(-(vectors @ text.embed_text([scene])[0]))[:5]
        assert len(expected & {label_of(photos[at]) for at in best}) >= 2, scene


def test_bfloat16_gives_nearly_the_same_vectors(pixels: Pixels, vectors: Vectors) -> None:
    some = slice(0, 64)
    halves = StarterImages("cpu", form="autocast").embed_images(pixels[some])
    assert np.isfinite(halves).all()
    assert float((halves * vectors[some]).sum(axis=1).mean()) >= 0.995
