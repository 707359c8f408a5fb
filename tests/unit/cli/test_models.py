"""``photoseek models``: the list of models, and downloading one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.servers.fake_hub import running_hub
from tests.unit.models.clip.test_towers import write_model
from tui.cli import main
from tui.models.describe import pull_text
from tui.models.presets import MODELS
from tui.models.pull import PullProgress


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_the_list_has_every_preset_with_its_facts() -> None:
    lines = [json.loads(line) for line in run("models", "--json").stdout.splitlines()]
    assert [line["name"] for line in lines] == [spec.name for spec in MODELS]
    assert [line["here"] for line in lines] == [True] + [False] * (len(MODELS) - 1)
    text = run("models").stdout
    for spec, line in zip(MODELS, lines, strict=True):
        assert spec.name in text
        assert spec.knows in text
        for figure in line["figures"]:
            assert figure["text"] in text
            assert figure["measured_here"] == (figure["source"] is None)
    assert "In use: Starter: it needs no download." in text


def test_a_named_model_is_in_use() -> None:
    assert "In use: CLIP ViT-B/32 (OpenAI) (selected)." in run("models", "--model", "openai").stdout


@pytest.fixture
def _online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.usefixtures("_online")
def test_a_pull_says_how_to_use_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_model(tmp_path / "small")
    files = {f"some/small/{file.name}": file.read_bytes() for file in folder.iterdir()}
    with running_hub(files=files) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        result = run("models", "pull", "hf-hub:some/small")
        assert result.exit_code == 0, result.stderr
        assert "--model hf-hub:some/small" in result.stdout
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")  # opening the model has just failed
        result = run("models", "pull", "hf-hub:some/small", "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert {event["event"] for event in events} == {"pull"}
    assert events[-1]["phase"] == "done"


@pytest.mark.usefixtures("_online")
def test_a_failed_pull_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        result = run("models", "pull", "clip")
    assert result.exit_code == 2
    assert "check the model's name" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_offline_pull_makes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("models", "pull", "clip")
    assert result.exit_code == 2
    assert "HF_HUB_OFFLINE" in result.stderr


def test_download_progress_is_printed_in_words() -> None:
    assert pull_text(PullProgress("asking")) == "contacting the hub"
    text = pull_text(PullProgress("fetching", 50_000_000, 605_000_000, 5e6, 111.0))
    assert "605" in text
    assert "/s" in text
    assert text.endswith("left")
    assert "left" not in pull_text(PullProgress("fetching", 0, 10))
