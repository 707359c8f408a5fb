"""A cached text tower opens without open_clip and gives the same vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.models.clip.test_towers import RESNET, TEXTS, VIT, cosines, plain_loop, write_model
from tui.core.settings import Settings
from tui.models.clip.text_tower_cache import TextEncoder, cache_file, open_cached
from tui.models.clip.tokenizer import ClipTokens
from tui.models.clip.towers import ClipText
from tui.models.registry import find_model, open_text


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "small", quick_gelu=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", device="cpu")


def kept(model: Path, settings: Settings) -> TextEncoder:
    tower = open_cached(find_model(str(model), settings), settings)
    assert tower is not None
    return tower


def test_the_first_use_caches_the_tower_and_later_vectors_are_equal(
    model: Path, settings: Settings
) -> None:
    spec = find_model(str(model), settings)
    assert open_cached(spec, settings) is None
    first = open_text(spec, settings)
    assert isinstance(first, ClipText)
    again = open_text(spec, settings)
    assert isinstance(again, TextEncoder)
    assert not isinstance(again, ClipText)
    assert (again.model_id, again.dim, again.form) == (first.model_id, first.dim, first.form)
    assert np.array_equal(again.embed_text(TEXTS), first.embed_text(TEXTS))
    assert cosines(again.embed_text(TEXTS), plain_loop(model)[1]).min() >= 0.999
    assert again.embed_text([]).shape == (0, again.dim)


def test_only_the_text_tower_is_in_the_file(model: Path, settings: Settings) -> None:
    spec = find_model(str(model), settings)
    open_text(spec, settings)
    file = cache_file(spec.model_id, settings.data_dir)
    whole = (model / "open_clip_model.safetensors").stat().st_size
    assert 0.4 * whole < file.stat().st_size < whole


def test_opening_a_cached_tower_does_not_import_open_clip(model: Path, settings: Settings) -> None:
    open_text(find_model(str(model), settings), settings)
    code = (
        "import sys; from pathlib import Path; from tui.core.settings import Settings;"
        "from tui.models.registry import find_model, open_text;"
        f"settings = Settings(data_dir=Path({str(settings.data_dir)!r}), device='cpu');"
        f"open_text(find_model({str(model)!r}, settings), settings).embed_text(['a dog']);"
        "import json; print(json.dumps([m for m in ('open_clip', 'timm', 'torchvision', 'ftfy',"
        " 'transformers', 'huggingface_hub') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("damage", [b"", b"not weights", b"\xff" * 4096])
def test_a_damaged_file_is_written_again(damage: bytes, model: Path, settings: Settings) -> None:
    spec = find_model(str(model), settings)
    before = open_text(spec, settings).embed_text(TEXTS)
    file = cache_file(spec.model_id, settings.data_dir)
    file.write_bytes(damage)
    assert open_cached(spec, settings) is None
    assert np.array_equal(open_text(spec, settings).embed_text(TEXTS), before)
    assert np.array_equal(kept(model, settings).embed_text(TEXTS), before)


def test_a_file_of_other_weights_is_not_used(
    model: Path, tmp_path: Path, settings: Settings
) -> None:
    spec = find_model(str(model), settings)
    open_text(spec, settings)
    other = find_model(str(write_model(tmp_path / "other", RESNET)), settings)
    open_text(other, settings)
    mine, its = (cache_file(one.model_id, settings.data_dir) for one in (spec, other))
    mine.write_bytes(its.read_bytes())
    assert open_cached(spec, settings) is None


def test_a_read_only_data_folder_is_not_an_error(model: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    settings = Settings(data_dir=blocked / "data", device="cpu")
    spec = find_model(str(model), settings)
    assert open_text(spec, settings).embed_text(["dog"]).shape == (1, spec.dim)


def test_a_tower_of_another_kind_is_opened_by_open_clip(tmp_path: Path, settings: Settings) -> None:
    folder = write_model(tmp_path / "custom", VIT, custom_text=True)
    spec = find_model(str(folder), settings)
    for _ in range(2):
        assert isinstance(open_text(spec, settings), ClipText)
    assert not cache_file(spec.model_id, settings.data_dir).exists()


TOKENS = ClipTokens(77)


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "don't we'll I'VE they'd",
        "2024-01-31, 12:30!?",
        "Tom &amp; Jerry &lt;3 &amp;quot;",
        "  spaces\tand\nlines ",
        "\u201ccurly\u201d caf\u00c3\u00a9 \ufb01sh e\u0301",
        "\u72ac \u05db\u05dc\u05d1 \U0001f600",
        "x" * 3000,
    ],
)
def test_tokens_equal_those_of_open_clip(text: str) -> None:
    from open_clip.tokenizer import SimpleTokenizer

    assert TOKENS([text]).equal(SimpleTokenizer()([text]))


@given(st.text(max_size=40))
def test_any_text_has_tokens_with_a_beginning_and_an_end(text: str) -> None:
    (row,) = TOKENS([text]).tolist()
    end = row.index(49407)
    assert row[0] == 49406
    assert not any(row[end + 1 :])


def test_a_lone_surrogate_is_not_an_error() -> None:
    assert TOKENS(["\ud800 dog"]).shape == (1, 77)
