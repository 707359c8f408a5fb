"""Models are named, described and identified without torch, open_clip or NumPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tui.core.errors import ModelError
from tui.core.settings import Settings
from tui.models.hub.cache import hub_cache, in_hub_cache
from tui.models.names import content_hash
from tui.models.presets import MODELS
from tui.models.registry import find_model, is_installed, remember_model
from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES
from tui.models.starter.towers import MODEL_ID


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def a_folder(folder: Path, config: object, weights: bytes = b"weights") -> Path:
    folder.mkdir()
    (folder / CONFIG_FILE).write_text(json.dumps(config))
    (folder / WEIGHT_FILES[0]).write_bytes(weights)
    return folder


SMALL = {"model_cfg": {"embed_dim": 32, "vision_cfg": {"image_size": 64}, "text_cfg": {}}}


def test_naming_a_model_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tui.core.settings import Settings;"
        "from tui.models.registry import find_model;"
        f"settings = Settings(data_dir=Path({str(tmp_path)!r}));"
        "[find_model(n, settings) for n in ('starter', 'clip', 'ViT-L-14/openai')];"
        "print([m for m in ('torch', 'open_clip', 'numpy', 'PIL', 'timm') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_presets_have_unique_names_and_descriptions(settings: Settings) -> None:
    assert len({spec.name for spec in MODELS}) == len({spec.model_id for spec in MODELS})
    for spec in MODELS:
        assert find_model(spec.name, settings) is spec
        assert spec.knows.endswith(".")


def test_the_starter_needs_no_download() -> None:
    assert MODELS[0].model_id == MODEL_ID
    assert MODELS[0].download_bytes == 0


def test_presets_agree_with_open_clip_on_shape(settings: Settings) -> None:
    for spec in MODELS[1:]:
        assert spec.source is not None
        other = find_model(f"{spec.source.architecture}/another_tag", settings)
        assert (spec.dim, spec.image_size) == (other.dim, other.image_size)


@pytest.mark.parametrize("name", ["ViT-B-32/openai", "ViT-B/32/openai", "ViT-B-32/OpenAI"])
def test_one_set_of_weights_has_one_id(name: str, settings: Settings) -> None:
    assert find_model(name, settings).model_id == find_model("openai", settings).model_id


def test_any_architecture_of_open_clip_is_a_model(settings: Settings) -> None:
    spec = find_model("ViT-L-14/laion2b-s32b-b82k", settings)
    assert spec.model_id == "open_clip:ViT-L-14/laion2b_s32b_b82k"
    assert (spec.dim, spec.image_size) == (768, 224)


@pytest.mark.parametrize("name", ["", "clop", "ViT-B-32", "ViT-B-32/", "/", "nothing/at/all", "@"])
def test_an_unknown_name_lists_the_valid_ones(name: str, settings: Settings) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(name, settings)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_misspelt_name_gets_a_suggestion(settings: Settings) -> None:
    with pytest.raises(ModelError, match="did you mean starter"):
        find_model("startr", settings)


def test_a_checkpoint_is_identified_by_its_bytes(tmp_path: Path, settings: Settings) -> None:
    one, same, other = (tmp_path / name for name in ("one.bin", "same@home.bin", "other.bin"))
    one.write_bytes(b"1" * 100)
    same.write_bytes(b"1" * 100)
    other.write_bytes(b"2" * 100)
    spec = find_model(f"ViT-B-32@{one}", settings)
    assert spec.dim == 512
    assert spec.model_id == find_model(f"ViT-B-32@{same}", settings).model_id
    assert spec.model_id != find_model(f"ViT-B-32@{other}", settings).model_id
    assert spec.model_id != find_model(f"ViT-L-14@{one}", settings).model_id
    assert find_model(spec.name, settings) == spec


@pytest.mark.parametrize("name", ["clip", "ViT-B-32/datacomp_xl_s13b_b90k"])
def test_a_preset_takes_its_weights_from_a_file(
    name: str, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"1")
    source = find_model(f"{name}@{file}", settings).source
    assert source is not None
    assert (source.tag, source.checkpoint) == ("datacomp_xl_s13b_b90k", file)


def test_the_starter_takes_no_checkpoint(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"1")
    with pytest.raises(ModelError, match="needs no checkpoint"):
        find_model(f"starter@{file}", settings)


def test_a_missing_checkpoint_is_one_sentence(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ModelError, match="No such checkpoint"):
        find_model(f"clip@{tmp_path / 'nothing'}", settings)


def test_a_folder_describes_its_model(tmp_path: Path, settings: Settings) -> None:
    spec = find_model(str(a_folder(tmp_path / "small", SMALL)), settings)
    assert (spec.dim, spec.image_size) == (32, 64)
    assert spec.model_id.startswith("open_clip:small@")


@pytest.mark.parametrize("config", [{}, {"model_cfg": {"embed_dim": 3}}, [], {"model_cfg": None}])
def test_a_folder_without_a_model_is_one_sentence(
    config: object, tmp_path: Path, settings: Settings
) -> None:
    with pytest.raises(ModelError, match="does not describe"):
        find_model(str(a_folder(tmp_path / "bad", config)), settings)


def test_a_folder_without_weights_is_one_sentence(tmp_path: Path, settings: Settings) -> None:
    folder = a_folder(tmp_path / "empty", SMALL)
    (folder / WEIGHT_FILES[0]).unlink()
    with pytest.raises(ModelError, match="holds no weights"):
        find_model(str(folder), settings)


def test_a_checkpoint_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"before")
    first = content_hash(file, tmp_path)
    changed = file.stat()
    file.write_bytes(b"behind")
    os.utime(file, ns=(changed.st_atime_ns, changed.st_mtime_ns))
    assert content_hash(file, tmp_path) == first  # size and time of change are the same
    os.utime(file)
    assert content_hash(file, tmp_path) != first


def test_the_cached_hash_may_be_damaged_or_unwritable(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"bytes")
    right = content_hash(file, tmp_path)
    (tmp_path / "checkpoints.json").write_text("{ not JSON")
    assert content_hash(file, tmp_path) == right
    assert content_hash(file, file / "not a folder") == right


# --- auto -----------------------------------------------------------------------------------------


def in_cache(cache: Path, repository: str, *files: str, commit: str = "0123456789abcdef") -> Path:
    """Create files in the layout of the hub library's cache."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    for file in files:
        (snapshot / file).write_bytes(b"weights")
    return snapshot


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def recommended() -> str:
    source = MODELS[1].source
    assert source is not None
    assert source.repository is not None
    return source.repository


def test_auto_is_the_built_in_model_if_no_other_is_downloaded(
    cache: Path, settings: Settings
) -> None:
    spec = find_model("auto", settings)
    assert (spec.name, spec.why) == ("starter", "it needs no download")


def test_auto_is_clip_if_it_is_downloaded(cache: Path, settings: Settings) -> None:
    in_cache(cache, recommended(), WEIGHT_FILES[0])
    spec = find_model("auto", settings)
    assert (spec.name, spec.why) == ("clip", "its weights are downloaded")


def test_auto_is_the_model_selected_last(cache: Path, settings: Settings) -> None:
    in_cache(cache, recommended(), WEIGHT_FILES[0])
    remember_model("starter", settings)
    spec = find_model("auto", settings)
    assert (spec.name, spec.why) == ("starter", "last used for this library")
    assert replace(spec, why="") == find_model("starter", settings)


def test_a_choice_does_not_change_the_other_saved_state(settings: Settings) -> None:
    settings.data_dir.mkdir()
    memory = settings.data_dir / "memory.json"
    memory.write_text('{"view": "list", "model": "clip"}')
    remember_model("starter", settings)
    assert json.loads(memory.read_text()) == {"view": "list", "model": "starter"}


@pytest.mark.parametrize("last", ["/no/such/folder", "clop", "clip", "auto", ""])
def test_a_missing_selected_model_is_not_an_error(
    last: str, cache: Path, settings: Settings
) -> None:
    remember_model(last, settings)
    spec = find_model("auto", settings)
    assert spec.name == "starter"
    assert ("no longer available" in spec.why) == (last not in ("", "auto"))


@pytest.mark.parametrize("content", ["", "[]", "{", '{"model": 3}', '{"model": null}'])
def test_a_damaged_saved_state_is_not_an_error(
    content: str, cache: Path, settings: Settings
) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "memory.json").write_text(content)
    assert find_model("auto", settings).name == "starter"


# --- the hub --------------------------------------------------------------------------------------


def test_a_preset_is_installed_once_its_weights_exist(cache: Path) -> None:
    assert is_installed(MODELS[0])
    assert not is_installed(MODELS[1])
    in_cache(cache, recommended())
    assert not is_installed(MODELS[1])
    in_cache(cache, recommended(), WEIGHT_FILES[0], commit="fedcba")
    assert not is_installed(MODELS[2])


def test_presets_name_the_same_repositories_as_open_clip() -> None:
    code = (
        "import open_clip; from tui.models.presets import MODELS;"
        "print([s.name for s in MODELS if s.source and open_clip.get_pretrained_cfg("
        "s.source.architecture, s.source.tag).get('hf_hub') != s.source.repository + '/'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_hub_model_has_its_shape_after_the_download(cache: Path, settings: Settings) -> None:
    before = find_model("hf-hub:some/thing", settings)
    assert (before.dim, before.download_bytes, is_installed(before)) == (None, None, False)
    snapshot = in_cache(cache, "some/thing", WEIGHT_FILES[0])
    (snapshot / CONFIG_FILE).write_text(json.dumps(SMALL))
    spec = find_model("hf-hub:some/thing", settings)
    assert (spec.dim, spec.image_size, spec.download_bytes, is_installed(spec)) == (32, 64, 0, True)
    assert spec.model_id == "open_clip:hf-hub:some/thing@0123456789ab"


@pytest.mark.parametrize(
    "name", ["hf-hub:", "hf-hub:a", "hf-hub:/a", "hf-hub:a/", "hf-hub:a/b/c", "hf-hub:../a"]
)
def test_an_invalid_hub_name_is_one_sentence(name: str, settings: Settings) -> None:
    with pytest.raises(ModelError, match="hf-hub:OWNER/NAME"):
        find_model(name, settings)


@pytest.mark.parametrize(
    "environment",
    [
        {"HF_HUB_CACHE": "/a/b"},
        {"HUGGINGFACE_HUB_CACHE": "/a/b"},
        {"HF_HOME": "/a"},
        {"XDG_CACHE_HOME": "/a"},
        {"HF_HOME": "~/a"},
        {},
    ],
    ids=str,
)
def test_the_cache_is_the_hub_library_s(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert hub_cache() == Path(done.stdout.strip())


def test_a_cache_without_a_commit_is_empty(cache: Path) -> None:
    refs = cache / "models--some--thing" / "refs"
    refs.mkdir(parents=True)
    (refs / "main").write_bytes(b"\xff\xfe")
    assert in_hub_cache("some/thing", CONFIG_FILE) is None


# --- files ----------------------------------------------------------------------------------------


def test_a_pickle_has_a_caution_and_safetensors_have_none(
    tmp_path: Path, settings: Settings
) -> None:
    for name, words in (("w.safetensors", ""), ("w.bin", "without running its code")):
        file = tmp_path / name
        file.write_bytes(b"1")
        caution = find_model(f"ViT-B-32@{file}", settings).caution
        assert words in caution
        assert bool(words) == bool(caution)


def test_every_preset_has_figures() -> None:
    assert all(spec.figures for spec in MODELS)
