from __future__ import annotations

import io
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.support.as_user import public_folder, unprivileged
from tests.support.pictures.odd_images import (
    P3_LIKE,
    WIDE,
    chunk,
    difference,
    dng,
    icc_cmyk,
    icc_grey,
    icc_rgb,
    muted_inks,
    png,
    png_bomb,
    psd,
    save_bytes,
    scene,
    to_heic,
)
from tui.core.errors import DecodeError
from tui.images.decode_stream import decode_stream
from tui.images.decode_types import DecodeRequest
from tui.images.decoder import decoder_version, read_picture
from tui.images.errors import AccessError
from tui.images.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

SCENE = scene()
GREY = SCENE.convert("L")
LARGE = 1000
"""A side at which the small test pictures are not shrunk."""


def saved(path: Path, image: Image.Image = SCENE, **options: Any) -> Path:
    image.save(path, **options)
    return path


def read(path: Path) -> Image.Image:
    return read_picture(path, LARGE).image


@pytest.mark.parametrize(
    ("suffix", "title"),
    [
        ("png", "PNG"),
        ("bmp", "BMP"),
        ("tif", "TIFF"),
        ("ppm", "PPM"),
        ("jpg", "JPEG"),
        ("webp", "WebP"),
        ("jp2", "JPEG 2000"),
        ("avif", "AVIF"),
        ("jxl", "JPEG XL"),
    ],
)
def test_every_format_shows_the_picture(tmp_path: Path, suffix: str, title: str) -> None:
    import pillow_jxl  # noqa: F401 (registers itself)

    picture = read_picture(saved(tmp_path / f"a.{suffix}", quality=95), LARGE)
    assert difference(picture.image, SCENE) < 4
    assert (picture.info.width, picture.info.height, picture.info.format) == (96, 72, title)


def test_gif_pbm_and_psd_are_read(tmp_path: Path) -> None:
    assert difference(read(saved(tmp_path / "a.gif")), SCENE) < 12
    one_bit = GREY.convert("1")
    assert difference(read(saved(tmp_path / "a.pbm", one_bit)), one_bit.convert("RGB")) == 0
    assert difference(read(saved(tmp_path / "b.png", one_bit)), one_bit.convert("RGB")) == 0
    assert difference(read(save_bytes(tmp_path / "a.psd", psd(SCENE))), SCENE) == 0
    inks = psd(SCENE.convert("CMYK"))
    assert difference(read(save_bytes(tmp_path / "c.psd", inks)), SCENE) < 1


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_orientation_is_applied(tmp_path: Path, suffix: str, turn: int) -> None:
    path = turned(tmp_path / f"a.{suffix}", turn)
    picture = read_picture(path, LARGE)
    assert difference(picture.image, SCENE) < 4
    assert (picture.info.width, picture.info.height) == SCENE.size


UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""From EXIF's orientation to the transposition of a camera's stored pixels."""


def turned(path: Path, turn: int) -> Path:
    """Save the scene so that it is upright when EXIF's orientation is applied."""
    stored = SCENE.transpose(UNDO[turn]) if turn in UNDO else SCENE
    exif = Image.Exif()
    exif[0x0112] = turn
    return saved(path, stored, exif=exif.tobytes(), quality=95)


def test_heic_is_read_and_rotated(tmp_path: Path) -> None:
    for path in to_heic(*(turned(tmp_path / f"{turn}.png", turn) for turn in range(1, 9))):
        picture = read_picture(path, LARGE)
        assert difference(picture.image, SCENE) < 4, path.name
        info = picture.info
        assert (info.width, info.height, info.format) == (*SCENE.size, "HEIC")


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "avif"])
@pytest.mark.parametrize(("primaries", "gamma"), [(P3_LIKE, 2.2), (WIDE, 1.8)])
def test_display_profiles_are_applied(
    tmp_path: Path, suffix: str, primaries: tuple[tuple[float, float], ...], gamma: float
) -> None:
    profile = icc_rgb(primaries, gamma)
    stored = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        "RGB",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    ).apply(SCENE)
    assert difference(stored, SCENE) > 10
    path = saved(tmp_path / f"a.{suffix}", stored, icc_profile=profile, quality=95)
    assert difference(read(path), SCENE) < 4


def test_grey_profiles_are_applied(tmp_path: Path) -> None:
    linear = (255 * (np.asarray(GREY) / 255.0) ** 2.2).astype(np.uint8)
    profile = chunk(b"iCCP", b"linear\0\0" + zlib.compress(icc_grey(1.0)))
    path = save_bytes(tmp_path / "a.png", png(linear, colour_type=0, extra=profile))
    assert difference(read(path), GREY.convert("RGB")) < 4


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_inks_are_converted_with_their_profile_or_without(tmp_path: Path, suffix: str) -> None:
    inks = SCENE.convert("CMYK")
    plain = saved(tmp_path / f"plain.{suffix}", inks, quality=95)
    assert difference(read(plain), SCENE) < 2
    path = saved(tmp_path / f"profile.{suffix}", inks, icc_profile=icc_cmyk(), quality=95)
    expected = Image.fromarray(muted_inks(np.asarray(inks) / 255.0))
    assert difference(expected, SCENE) > 20
    assert difference(read(path), expected) < 3


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", b"\0" * 200, icc_cmyk(), icc_rgb(WIDE, 1.8)[:300]]
)
def test_a_broken_or_unsuitable_profile_is_ignored(tmp_path: Path, profile: bytes) -> None:
    assert difference(read(saved(tmp_path / "a.png", icc_profile=profile)), SCENE) == 0


def test_an_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert difference(read(saved(tmp_path / "a.png", icc_profile=profile)), SCENE) == 0


def test_samples_of_more_than_eight_bits_are_scaled(tmp_path: Path) -> None:
    grey = GREY.convert("RGB")
    wide = np.asarray(GREY).astype(np.uint16) * 257
    assert difference(read(save_bytes(tmp_path / "a.png", png(wide, colour_type=0))), grey) == 0
    saved(tmp_path / "a.tif", Image.fromarray(wide))
    assert difference(read(tmp_path / "a.tif"), grey) == 0
    saved(tmp_path / "big.tif", Image.fromarray(wide.astype(">u2")))
    assert difference(read(tmp_path / "big.tif"), grey) == 0
    save_bytes(tmp_path / "a.pgm", b"P5 96 72 65535\n" + wide.astype(">u2").tobytes())
    assert difference(read(tmp_path / "a.pgm"), grey) <= 1
    colour = np.asarray(SCENE).astype(np.uint16) * 257
    assert difference(read(save_bytes(tmp_path / "c.png", png(colour, colour_type=2))), SCENE) == 0
    saved(tmp_path / "f.tif", Image.fromarray(np.asarray(GREY).astype(np.float32) / 255))
    assert difference(read(tmp_path / "f.tif"), grey) < 1
    saved(tmp_path / "i.tif", Image.fromarray(np.asarray(GREY).astype(np.int32) * 257))
    assert difference(read(tmp_path / "i.tif"), grey) < 1


def test_dark_parts_of_a_16_bit_picture_stay_dark(tmp_path: Path) -> None:
    dark = np.full((8, 8), 0x1000, np.uint16)
    image = read(save_bytes(tmp_path / "a.png", png(dark, colour_type=0)))
    assert image.getextrema() == ((16, 16),) * 3


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    half = Image.linear_gradient("L").resize(SCENE.size)
    expected = Image.new("RGB", SCENE.size, "white")
    expected.paste(SCENE, mask=half)
    layered = SCENE.copy()
    layered.putalpha(half)
    for suffix in ("png", "webp", "tif"):
        path = saved(tmp_path / f"a.{suffix}", layered, lossless=True)
        assert difference(read(path), expected) < 1, suffix


def test_palettes_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (40, 30), 1)
    image.putpalette([0, 0, 0, 200, 30, 30, 30, 200, 30])
    image.paste(2, (0, 0, 20, 30))
    for name, transparency in (("a.png", 1), ("b.gif", 1), ("c.png", bytes([255, 0, 255]))):
        shown = read(saved(tmp_path / name, image, transparency=transparency))
        assert shown.getpixel((5, 5)) == (30, 200, 30), name
        assert shown.getpixel((35, 5)) == (255, 255, 255), name


def test_colour_keys_and_grey_alpha(tmp_path: Path) -> None:
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    path = saved(tmp_path / "a.png", red, transparency=(255, 0, 0))
    assert read(path).getpixel((0, 0)) == (255, 255, 255)
    grey = Image.new("LA", (8, 8), (40, 0))
    assert read(saved(tmp_path / "b.png", grey)).getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_of_one_pixel_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGB", (1, 1), (9, 8, 7)))
    assert read(path).getpixel((0, 0)) == (9, 8, 7)
    assert thumbnail(path, 100, 100).size == (1, 1)


@pytest.mark.parametrize("suffix", ["jpg", "png", "jp2"])
def test_large_pictures_are_shrunk_to_at_least_twice_the_side(tmp_path: Path, suffix: str) -> None:
    large = scene(1600, 1200)
    picture = read_picture(saved(tmp_path / f"a.{suffix}", large, quality=95), 100)
    assert 200 <= min(picture.image.size) < 400
    assert (picture.info.width, picture.info.height) == (1600, 1200)
    assert difference(picture.image, large.resize(picture.image.size)) < 4


def test_a_long_strip_keeps_its_middle(tmp_path: Path) -> None:
    strip = Image.new("L", (60_000, 2), 0)
    strip.paste(255, (29_000, 0, 31_000, 2))
    image = read(saved(tmp_path / "a.png", strip))
    assert image.size == (16_384, 2)
    assert image.getpixel((8_192, 1)) == (255, 255, 255)
    assert thumbnail(tmp_path / "a.png", 100, 100).size == (100, 1)


def test_an_animation_has_several_frames(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (25 * i, 255 - 25 * i, 60)) for i in range(10)]
    for suffix in ("gif", "webp", "png", "avif"):
        path = tmp_path / f"a.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, quality=95)
        picture = read_picture(path, LARGE)
        shown = [frame.getpixel((9, 9)) for frame in (picture.image, *picture.more)]
        assert len(shown) == 4, suffix
        for number, pixel in zip((0, 2, 5, 7), shown, strict=True):
            assert isinstance(pixel, tuple)
            assert abs(pixel[0] - 25 * number) < 12, suffix


def test_a_tiff_of_several_pages_shows_the_first(tmp_path: Path) -> None:
    SCENE.save(tmp_path / "a.tif", save_all=True, append_images=[SCENE.convert("L")] * 3)
    picture = read_picture(tmp_path / "a.tif", LARGE)
    assert picture.more == ()
    assert difference(picture.image, SCENE) == 0


def test_raw_shows_its_preview_upright(tmp_path: Path) -> None:
    sensor = Image.new("RGB", (800, 600))
    small = scene(400, 300)
    path = save_bytes(tmp_path / "a.dng", dng(sensor, preview=small, turn=6))
    picture = read_picture(path, 120)
    assert difference(picture.image, small.transpose(Image.Transpose.ROTATE_270)) < 4
    assert (picture.info.width, picture.info.height) == (600, 800)
    assert (picture.info.format, picture.info.camera) == ("DNG", "ACME X1")
    assert picture.info.taken_ns == 1_620_284_889 * 10**9
    assert thumbnail(path, 30, 300).size == (30, 40)


def test_a_raw_preview_with_its_own_orientation_is_rotated_once(tmp_path: Path) -> None:
    small = scene(400, 300)
    data = dng(Image.new("RGB", (800, 600)), preview=small, turn=6, preview_turn=6)
    picture = read_picture(save_bytes(tmp_path / "a.dng", data), 120)
    assert difference(picture.image, small.transpose(Image.Transpose.ROTATE_270)) < 4


@pytest.mark.parametrize("preview", [None, Image.new("RGB", (40, 30))])
def test_raw_without_a_good_preview_is_demosaiced(
    tmp_path: Path, preview: Image.Image | None
) -> None:
    large = scene(800, 600)
    path = save_bytes(tmp_path / "a.dng", dng(large, preview=preview))
    image = read_picture(path, LARGE).image
    assert image.size == (400, 300)
    assert difference(image, large.resize((400, 300))) < 20  # LibRaw brightens as cameras do.


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("preview", ["none", "plain", "turned", "bitmap"])
def test_raw_with_any_orientation_is_upright(tmp_path: Path, turn: int, preview: str) -> None:
    upright = scene(640, 480)
    stored = upright.transpose(UNDO[turn]) if turn in UNDO else upright
    small = None if preview == "none" else stored.resize((stored.width // 2, stored.height // 2))
    options: dict[str, Any] = {
        "preview_turn": turn if preview == "turned" else 0,
        "bitmap": preview == "bitmap",
    }
    sensor = stored if small is None else Image.new("RGB", stored.size)
    data = dng(sensor, preview=small, turn=turn, **options)
    picture = read_picture(save_bytes(tmp_path / "a.dng", data), 120)
    assert (picture.info.width, picture.info.height) == (640, 480)
    assert picture.image.size == (320, 240)
    assert difference(picture.image, upright.resize((320, 240))) < 20
    mirrored = upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((320, 240))
    assert difference(picture.image, mirrored) > 40


def test_a_raw_preview_of_another_shape_is_not_stretched(tmp_path: Path) -> None:
    """The camera was set to a wide picture; the sensor has the usual shape."""
    wide = Image.new("RGB", (640, 360), "white")
    wide.paste((200, 0, 0), (220, 80, 420, 280))  # A square.
    data = dng(Image.new("RGB", (640, 480)), preview=wide)
    path = save_bytes(tmp_path / "a.dng", data)
    for box, expected in ((320, (320, 180)), (64, (64, 36)), (5000, (640, 360))):
        shown = thumbnail(path, box, box)
        assert shown.size == expected
        red = np.asarray(shown)[..., 1] < 128
        assert abs(int(red.any(axis=0).sum()) - int(red.any(axis=1).sum())) <= 1


@pytest.mark.parametrize("suffix", ["pef", "nrw", "srw", "3fr", "kdc", "dcr", "mef", "rwl", "iiq"])
def test_a_raw_file_is_read_with_every_suffix(tmp_path: Path, suffix: str) -> None:
    path = save_bytes(tmp_path / f"a.{suffix}", dng(scene(640, 480), preview=None))
    picture = read_picture(path, LARGE)
    assert picture.info.format == suffix.upper()
    assert picture.image.size == (320, 240)


def test_a_bitmap_without_file_header_is_read(tmp_path: Path) -> None:
    for image in (SCENE, GREY, SCENE.quantize(16), GREY.convert("1")):
        data = encoded("BMP", image)[14:]
        picture = read_picture(save_bytes(tmp_path / "a.dib", data), LARGE)
        assert difference(picture.image, image.convert("RGB")) == 0
        assert picture.info.format == "BMP"


def test_an_animation_with_a_bomb_in_it_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (25 * i, 255 - 25 * i, 60)) for i in range(5)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    data = bytearray((tmp_path / "a.gif").read_bytes())
    places = [at for at in range(len(data) - 10) if data[at : at + 5] == b",\0\0\0\0"]
    assert len(places) == 5
    data[places[2] + 5 : places[2] + 9] = b"\xff\xff\xff\xff"
    picture = read_picture(save_bytes(tmp_path / "a.gif", bytes(data)), LARGE)
    assert difference(picture.image, frames[0]) < 12


@pytest.mark.parametrize("offset", [2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_tiff_with_invalid_offsets_is_broken(tmp_path: Path, offset: int) -> None:
    """The system's error for an invalid offset does not mean that the file can't be read."""
    data = b"II+\0\x08\0\0\0" + offset.to_bytes(8, "little") + bytes(400)
    with pytest.raises(DecodeError, match="broken") as caught:
        read_picture(save_bytes(tmp_path / "a.tif", data), 16)
    assert not isinstance(caught.value, AccessError)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.jpg", lambda: b"", "empty"),
        ("text.jpg", lambda: b"Dear diary, today I took no pictures.\n", "text"),
        ("utf16.jpg", lambda: "Dear diary".encode("utf-16"), "not a picture"),
        ("drawing.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cairosvg"),
        ("film.jpg", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "video"),
        ("bomb.png", lambda: png_bomb(40_000, 40_000), "megapixels"),
        ("small bomb.png", lambda: png_bomb(20_000, 20_000), "400 megapixels"),
        ("header.jpg", lambda: encoded("JPEG")[:20], "Truncated"),
        ("broken.nef", lambda: b"II*\0\x08\0\0\0" + b"\7" * 60, "raw file|broken"),
        ("broken.heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 60, "Truncated"),
    ],
)
def test_a_file_that_is_not_a_picture_is_one_sentence(
    tmp_path: Path, name: str, data: Callable[[], bytes], reason: str
) -> None:
    path = save_bytes(tmp_path / name, data())
    with pytest.raises(DecodeError, match=reason) as caught:
        read_picture(path, 16)
    assert not isinstance(caught.value, AccessError)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    with pytest.raises(DecodeError):
        thumbnail(path, 10, 10)


def encoded(kind: str, image: Image.Image = SCENE) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "BMP", "PPM", "WEBP", "AVIF"])
def test_a_truncated_file_is_rejected(tmp_path: Path, kind: str) -> None:
    data = encoded(kind)
    path = save_bytes(tmp_path / "a.jpg", data[: len(data) * 2 // 3])
    with pytest.raises(DecodeError, match=r"Truncated|truncated|broken"):
        read_picture(path, 16)


def test_the_suffix_may_be_wrong(tmp_path: Path) -> None:
    path = save_bytes(tmp_path / "a.jpg", encoded("PNG"))
    assert read_picture(path, LARGE).info.format == "PNG"
    assert read_picture(save_bytes(tmp_path / "a.nef", encoded("TIFF")), LARGE).info.width == 96


def test_a_file_that_cannot_be_opened_is_not_called_broken(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="No such file"):
        read_picture(tmp_path / "gone.jpg", 16)
    with public_folder() as folder:
        path = save_bytes(folder / "a.png", encoded("PNG"))
        path.chmod(0)
        with unprivileged(), pytest.raises(AccessError, match="Permission denied"):
            read_picture(path, 16)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    cut=st.floats(0, 1),
)
def test_broken_bytes_give_a_picture_or_a_sentence(
    tmp_path: Path, kind: str, flips: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(_encoded_once(kind))
    for where, value in flips:
        data[int(where * len(data))] = value
    path = save_bytes(tmp_path / "a.jpg", bytes(data[: int(len(data) * cut)]))
    try:
        picture = read_picture(path, 16)
    except DecodeError as error:
        assert str(error).endswith(".")  # noqa: PT017 (a picture is as good an end)
    else:
        assert picture.image.mode == "RGB"


_encoded_once: Callable[[str], bytes] = {
    kind: encoded(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")
}.__getitem__


def test_thumbnails_fit_their_box_and_are_never_enlarged(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", scene(800, 600))
    make = partial(thumbnail, path)
    assert make(100, 100).size == (100, 75)
    assert make(100, 30).size == (40, 30)
    assert make(5000, 5000).size == (800, 600)
    assert difference(make(400, 400), scene(800, 600).resize((400, 300))) < 4


def test_the_decoder_version_names_its_packages() -> None:
    assert "pillow=" in decoder_version()
    assert "rawpy=" in decoder_version()


def test_a_usual_jpeg_is_read_once(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.jpg", scene(1600, 1200), quality=95).read_bytes()
    read = 0

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal read
            part = super().read(size)
            read += len(part)
            return part

    image = decode_stream(
        Counted(data), "JPEG", DecodeRequest(1600, 1200, cover=True), lambda cost: None
    ).image
    assert image.size == (1600, 1200)
    assert read < 1.1 * len(data)
