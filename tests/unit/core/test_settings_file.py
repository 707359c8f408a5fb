"""Settings: the order of the sources, and one sentence for every wrong value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.as_user import public_folder, unprivileged
from tui.core.errors import ConfigError
from tui.core.settings import Settings, is_server_address
from tui.core.settings_file import default_config_file, default_data_dir, load_settings


def written(tmp_path: Path, toml: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(toml, encoding="utf-8")
    return file


def refusal(**sources: Any) -> str:
    """Return the one sentence with which these settings are rejected."""
    sources = {"environ": {}, "config_file": Path("/nowhere/config.toml"), **sources}
    with pytest.raises(ConfigError) as caught:
        load_settings(**sources)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_the_defaults_apply_without_any_setting(tmp_path: Path) -> None:
    settings = load_settings(environ={}, config_file=tmp_path / "none.toml")
    assert settings == Settings(data_dir=default_data_dir())
    assert settings.model == "auto"
    assert default_config_file().name == "config.toml"


def test_environment_wins_over_the_file_and_flags_win_over_both(tmp_path: Path) -> None:
    file = written(tmp_path, 'model = "file"\nimages = "off"\nthreads = 3\nbatch_size = 8\n')
    environ = {"PHOTOSEEK_IMAGES": "sixel", "PHOTOSEEK_THREADS": "5", "PHOTOSEEK_DATA_DIR": "/e"}
    settings = load_settings({"threads": 7, "model": None}, environ=environ, config_file=file)
    assert settings == Settings(
        data_dir=Path("/e").absolute(), model="file", images="sixel", threads=7, batch_size=8
    )


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'device = "cpu"\n')
    assert load_settings(environ={"PHOTOSEEK_CONFIG": str(file)}).device == "cpu"


@pytest.mark.parametrize(("text", "on"), [("0", False), ("false", False), ("True", True)])
def test_a_switch_is_set_from_the_environment(tmp_path: Path, text: str, on: bool) -> None:
    environ = {"PHOTOSEEK_WATCH": text, "PHOTOSEEK_PAIR_RAW": text}
    settings = load_settings(environ=environ, config_file=tmp_path / "none.toml")
    assert (settings.watch, settings.pair_raw) == (on, on)


def test_an_empty_variable_is_ignored(tmp_path: Path) -> None:
    environ = {"PHOTOSEEK_THREADS": "", "PHOTOSEEK_MODEL": ""}
    settings = load_settings(environ=environ, config_file=tmp_path / "none.toml")
    assert (settings.threads, settings.model) == (0, "auto")


def test_a_data_folder_may_begin_with_a_tilde(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    file = written(tmp_path, 'data_dir = "~/größer"\n')
    assert load_settings(environ={}, config_file=file).data_dir == tmp_path / "größer"


def test_a_library_is_in_the_data_folder_another_folder_or_on_a_server(tmp_path: Path) -> None:
    def library(value: str) -> Settings:
        environ = {"PHOTOSEEK_LIBRARY": value, "PHOTOSEEK_DATA_DIR": "/mine"}
        return load_settings(environ=environ, config_file=tmp_path / "none.toml")

    assert library("").library == ""
    assert library("/nas/pictures").library == "/nas/pictures"
    assert library("milvus").library == str(Path.cwd() / "milvus")
    for folder in ("/nas/pictures", "milvus", "C:\\pictures"):
        assert not is_server_address(library(folder).library)
    for address in ("milvus://nas:19530/family", "milvus+tls://nas/family"):
        assert library(address).library == address
        assert is_server_address(library(address).library)


@pytest.mark.parametrize(
    "address",
    [
        "milvus://me:secret@nas/family",
        "milvus://nas/family?token=secret",
        "milvus://nas/family#secret",
        "milvus://me:secret\\@nas",
        "milvus:me:secret@nas",
        "postgresql://me:secret@nas/family",
    ],
)
def test_a_password_in_an_address_is_rejected_and_not_repeated(address: str) -> None:
    sentence = refusal(environ={"PHOTOSEEK_LIBRARY": address})
    assert "secret" not in sentence
    assert "milvus://HOST:PORT/NAME" in sentence


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("model = ", "TOML"),
        ('modle = "clip"', "'modle'"),
        ("model = 3", "text in quotes"),
        ("data_dir = 3", "text in quotes"),
        ("library = 3", "text in quotes"),
        ("images = false", "text in quotes"),
        ('images = "ascii"', "auto, halfcell, kitty, off, sixel, unicode"),
        ('device = "gpu"', "auto, cpu, cuda, mps"),
        ("threads = -1", "0 to 1024"),
        ("threads = true", "0 to 1024"),
        ("threads = 2.5", "0 to 1024"),
        ("threads = inf", "0 to 1024"),
        ("batch_size = 65", "0 to 64"),
        ('watch = "sometimes"', "true or false"),
        ("pair_raw = 2", "true or false"),
        ("[model]\nname = 1", "text in quotes"),
        ('data_dir = "~nobody-of-this-name/x"', "data_dir"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_it(tmp_path: Path, toml: str, says: str) -> None:
    file = written(tmp_path, toml)
    sentence = refusal(config_file=file)
    assert str(file) in sentence
    assert says in sentence


def test_a_binary_file_or_a_folder_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"model = '\xff'")
    assert "TOML" in refusal(config_file=file)
    assert str(tmp_path) in refusal(config_file=tmp_path)


def test_an_unreadable_file_is_one_sentence() -> None:
    with public_folder() as folder:
        file = written(folder, "threads = 1\n")
        file.chmod(0)
        with unprivileged():
            assert "ermission" in refusal(config_file=file)


def test_an_error_names_the_environment_or_the_command_line() -> None:
    assert "environment" in refusal(environ={"PHOTOSEEK_THREADS": "many"})
    assert "command line" in refusal(flags={"images": "big"})


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "data_dir",
                "library",
                "model",
                "images",
                "device",
                "threads",
                "batch_size",
                "watch",
                "x",
            ]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.lists(st.integers(), max_size=2),
        max_size=3,
    )
)
def test_any_input_gives_settings_or_one_sentence(flags: dict[str, Any]) -> None:
    try:
        settings = load_settings(flags, environ={}, config_file=Path("/nowhere/config.toml"))
    except ConfigError:
        assert refusal(flags=flags)
    else:
        assert settings.data_dir.is_absolute()
        assert 0 <= settings.batch_size <= 64


@pytest.mark.parametrize(
    ("flags", "model"),
    [
        ({}, "clip@a.safetensors"),
        ({"model": "ViT-L-14"}, "ViT-L-14@a.safetensors"),
        ({"model": "auto"}, "clip@a.safetensors"),
    ],
)
def test_a_weights_file_belongs_to_the_named_model_or_to_clip(
    tmp_path: Path, flags: dict[str, str], model: str
) -> None:
    options = {**flags, "weights": "a.safetensors"}
    assert load_settings(options, environ={}, config_file=tmp_path / "none").model == model
