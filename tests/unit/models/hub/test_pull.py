"""Downloading a model from a hub on this machine, with all kinds of failures."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.mounts import small_disk
from tests.support.servers.fake_hub import COMMIT, FakeHub, running_hub
from tests.unit.models.clip.test_towers import RESNET, TEXTS, VIT, cosines, plain_loop, write_model
from tui.core.errors import ModelError
from tui.core.settings import Settings
from tui.models.clip.text_tower_cache import TextEncoder, cache_file, open_cached
from tui.models.hub.cache import in_hub_cache, online_environment, repository_folder, stay_offline
from tui.models.hub.download import PullCancelledError, download_file
from tui.models.hub.http import check_address, headers_for
from tui.models.hub.remote_file import RemoteFile, RemoteFileMissingError, fetch_metadata
from tui.models.pull import PullProgress, pull
from tui.models.registry import find_model, is_installed, open_images, open_text
from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = "some/small"
NAME = f"hf-hub:{REPOSITORY}"
WEIGHTS = f"{REPOSITORY}/{WEIGHT_FILES[0]}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def hub(model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    files = {f"{REPOSITORY}/{file.name}": file.read_bytes() for file in model.iterdir()}
    with running_hub(files=files) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", device="cpu")


def never() -> bool:
    return False


def pulled(settings: Settings, name: str = NAME, **options: Any) -> list[PullProgress]:
    reports: list[PullProgress] = []
    options = {"cancelled": never, "timeout": 5.0, **options}
    pull(name, settings, on_progress=reports.append, **options)
    return reports


def fetched(file: str = WEIGHT_FILES[0], **options: Any) -> RemoteFile:
    remote = fetch_metadata(REPOSITORY, file, 5.0)
    options = {"timeout": 5.0, "on_bytes": lambda _: None, "cancelled": never, **options}
    download_file(remote, **options)
    return remote


def test_a_model_is_pulled_and_works(hub: FakeHub, model: Path, settings: Settings) -> None:
    assert not is_installed(find_model(NAME, settings))
    with pytest.raises(ModelError, match=f"photoseek models pull {NAME}"):
        open_text(find_model(NAME, settings), settings)
    reports = pulled(settings)
    assert [one.phase for one in (reports[0], *reports[-2:])] == ["asking", "preparing", "done"]
    assert reports[-1].done == reports[-1].total == sum(map(len, hub.files.values()))
    spec = find_model(NAME, settings)
    assert (spec.dim, is_installed(spec)) == (24, True)
    texts = open_text(spec, settings).embed_text(TEXTS)
    assert cosines(texts, plain_loop(model)[1]).min() >= 0.999
    assert open_images(spec, settings).model_id == spec.model_id


def test_a_pull_caches_the_text_tower(hub: FakeHub, settings: Settings) -> None:
    pulled(settings)
    spec = find_model(NAME, settings)
    assert cache_file(spec.model_id, settings.data_dir).is_file()
    assert isinstance(open_cached(spec, settings), TextEncoder)


def test_downloads_are_where_huggingface_hub_looks(hub: FakeHub, settings: Settings) -> None:
    pulled(settings)
    code = (
        "from huggingface_hub import try_to_load_from_cache as look;"
        f"print(look({REPOSITORY!r}, {WEIGHT_FILES[0]!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert Path(done.stdout.strip()) == in_hub_cache(REPOSITORY, WEIGHT_FILES[0])


def test_pulling_again_downloads_nothing(hub: FakeHub, settings: Settings) -> None:
    pulled(settings)
    hub.requests.clear()
    pulled(settings)
    assert {method for method, *_ in hub.requests} == {"HEAD"}


def test_an_interrupted_download_resumes(hub: FakeHub) -> None:
    hub.drop_after, hub.drops = 100_000, 2
    remote = fetched()
    ranges = [byte_range for method, path, byte_range in hub.requests if method == "GET"]
    assert ranges == ["", "bytes=100000-", "bytes=200000-"]
    assert remote.snapshot_path.read_bytes() == hub.files[WEIGHTS]


def test_a_later_pull_resumes_an_earlier_one(hub: FakeHub) -> None:
    stop = threading.Event()

    def on_bytes(count: int) -> None:
        if count > 50_000:
            stop.set()

    with pytest.raises(PullCancelledError):
        fetched(on_bytes=on_bytes, cancelled=stop.is_set)
    remote = fetch_metadata(REPOSITORY, WEIGHT_FILES[0], 5.0)
    have = remote.part.stat().st_size
    assert 0 < have < remote.size
    assert not remote.snapshot_path.exists()
    hub.requests.clear()
    fetched()
    assert ("GET", f"/cdn/{WEIGHTS}", f"bytes={have}-") in hub.requests
    assert remote.snapshot_path.read_bytes() == hub.files[WEIGHTS]


def test_a_server_without_ranges_sends_the_whole_file(hub: FakeHub) -> None:
    hub.drop_after, hub.drops, hub.ranges = 100_000, 1, False
    assert fetched().snapshot_path.read_bytes() == hub.files[WEIGHTS]


def test_a_connection_that_always_breaks_is_one_sentence(hub: FakeHub, settings: Settings) -> None:
    hub.drop_after, hub.drops = 0, 1000
    with pytest.raises(ModelError, match="pull again to resume"):
        pulled(settings)
    assert not is_installed(find_model(NAME, settings))


@pytest.mark.parametrize("length", [64, 40])
def test_a_file_with_a_wrong_hash_is_deleted(length: int, hub: FakeHub, settings: Settings) -> None:
    hub.claims[WEIGHTS] = "0" * length
    with pytest.raises(ModelError, match="was corrupted and deleted"):
        pulled(settings)
    blobs = repository_folder(REPOSITORY) / "blobs"
    assert not any(path.name.startswith("000") for path in blobs.iterdir())
    assert not is_installed(find_model(NAME, settings))


def test_a_small_file_has_git_s_hash(hub: FakeHub) -> None:
    content = hub.files[f"{REPOSITORY}/{CONFIG_FILE}"]
    whole = b"blob %d\0" % len(content) + content
    hub.claims[f"{REPOSITORY}/{CONFIG_FILE}"] = hashlib.sha1(whole).hexdigest()
    assert fetched(CONFIG_FILE).snapshot_path.read_bytes() == content


def test_a_partial_file_with_other_bytes_is_detected(hub: FakeHub) -> None:
    remote = fetch_metadata(REPOSITORY, WEIGHT_FILES[0], 5.0)
    remote.part.parent.mkdir(parents=True)
    remote.part.write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match="was corrupted and deleted"):
        fetched()
    assert fetched().snapshot_path.read_bytes() == hub.files[WEIGHTS]


def test_a_file_missing_on_the_hub_is_one_sentence(hub: FakeHub, settings: Settings) -> None:
    with pytest.raises(
        RemoteFileMissingError, match=r"has no open_clip_config.json of no/such; check"
    ):
        pulled(settings, "hf-hub:no/such")


@pytest.mark.parametrize(("status", "words"), [(401, "set HF_TOKEN"), (500, "status 500")])
def test_a_rejection_is_one_sentence(
    status: int, words: str, hub: FakeHub, settings: Settings
) -> None:
    hub.statuses[f"{REPOSITORY}/{CONFIG_FILE}"] = status
    with pytest.raises(ModelError, match=words):
        pulled(settings)


def test_an_unavailable_hub_is_one_sentence(
    cache: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="Can't reach"):
        pulled(settings)


def test_a_silent_server_times_out(hub: FakeHub) -> None:
    hub.byte_delay = 5.0
    stop = threading.Timer(1.0, lambda: None)
    stop.start()
    with pytest.raises(PullCancelledError):
        fetched(timeout=0.2, cancelled=lambda: not stop.is_alive())


def test_a_slow_download_reports_its_rate_and_the_time_left(
    hub: FakeHub, settings: Settings
) -> None:
    hub.byte_delay = 0.02
    fetching = [one for one in pulled(settings) if one.phase == "fetching"]
    assert len(fetching) >= 3
    assert all(one.total == fetching[0].total for one in fetching)
    assert fetching == sorted(fetching, key=lambda one: one.done)
    assert fetching[-1].rate > 0
    assert fetching[-1].seconds_left is not None


def test_missing_disk_space_is_reported_before_the_download(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        monkeypatch.setenv("HF_HUB_CACHE", str(disk / "hub"))
        with pytest.raises(ModelError, match="free some space, or set HF_HOME"):
            fetched()
        assert "GET" not in {method for method, *_ in hub.requests}


def test_a_cache_that_can_not_be_written_is_one_sentence(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="can't be written"):
        fetched()


def test_the_token_is_sent_to_the_hub_only(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    with running_hub(files=hub.files) as elsewhere:
        remote = fetch_metadata(REPOSITORY, CONFIG_FILE, 5.0)
        away = RemoteFile(
            REPOSITORY, CONFIG_FILE, f"{elsewhere.url}/cdn/{REPOSITORY}/{CONFIG_FILE}",
            remote.size, remote.etag, remote.commit,
        )  # fmt: skip
        download_file(away, timeout=5, on_bytes=lambda _: None, cancelled=never)
        assert elsewhere.tokens == [""]
    assert hub.tokens == ["Bearer secret"]


def test_a_redirected_download_sends_the_token_to_no_other_host(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    with running_hub(files=hub.files) as elsewhere:
        hub.redirects[WEIGHTS] = f"{elsewhere.url}/cdn/{WEIGHTS}"
        remote = fetched()
        assert elsewhere.tokens == [""]
    assert remote.blob.read_bytes() == hub.files[WEIGHTS]
    assert hub.tokens == ["Bearer secret"] * 2


@pytest.mark.parametrize("scheme", ["file://", "ftp://127.0.0.1", "data:,", "gopher://x"])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_redirect_to_another_protocol_is_rejected(
    scheme: str, method: str, hub: FakeHub, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(hub.files[WEIGHTS])
    answers = hub.locations if method == "HEAD" else hub.redirects
    answers[WEIGHTS] = f"{scheme}{secret}"
    with pytest.raises(ModelError, match="not https"):
        fetched()
    assert not list(repository_folder(REPOSITORY).rglob("snapshots/*/*"))


def test_http_is_rejected_if_the_hub_is_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    check_address("https://elsewhere.example/x")
    for address in (
        "http://hub.example/x",
        "file:///etc/passwd",
        "https:///x",
        "//x",
        "https://[",
        "",
    ):
        with pytest.raises(ModelError, match="not https"):
            check_address(address)


@pytest.mark.parametrize(
    ("address", "has_token"),
    [
        ("https://hub.example/x", True),
        ("https://hub.example:443/x", True),
        ("https://HUB.example/x", True),
        ("http://hub.example/x", False),
        ("https://hub.example:8443/x", False),
        ("https://hub.example.evil/x", False),
        ("https://hub.example@evil/x", False),
        ("https://[", False),
    ],
)
def test_the_token_is_sent_to_one_scheme_host_and_port(
    address: str, has_token: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    assert ("Authorization" in headers_for(address)) is has_token


@pytest.mark.parametrize(
    "address", ["http://[::1", "https://[x]/", "http://h:port/", "http://h:99999/"]
)
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_redirect_without_an_address_is_one_sentence(
    address: str, method: str, hub: FakeHub
) -> None:
    (hub.locations if method == "HEAD" else hub.redirects)[WEIGHTS] = address
    with pytest.raises(ModelError):
        fetched()


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 400, "-1", "1e3", "0x10"])
def test_an_impossible_size_is_one_sentence(size: str, hub: FakeHub) -> None:
    hub.sizes[WEIGHTS] = size
    with pytest.raises(ModelError, match="is not a hub"):
        fetched()


@pytest.mark.parametrize("address", ["http://[", "https://hub:port", "hub.example", "file:///x"])
def test_an_invalid_endpoint_is_one_sentence(
    address: str, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(ModelError, match="not https"):
        fetched()


@pytest.mark.parametrize("token", ["hf_SECRET\nSECRET", "hf SECRET", "hf_SECRET\u20ac"])
def test_an_invalid_token_is_not_shown(
    token: str, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(ModelError, match="HF_TOKEN") as raised:
        fetched()
    assert "SECRET" not in str(raised.value)
    assert hub.tokens == []


@pytest.mark.parametrize("etag", ["../../../evil", "", "a/b", "x" * 300])
def test_a_hub_can_not_write_outside_the_cache(etag: str, hub: FakeHub) -> None:
    hub.claims[WEIGHTS] = etag or " "
    with pytest.raises(ModelError, match="is not a hub"):
        fetch_metadata(REPOSITORY, WEIGHT_FILES[0], 5.0)


@pytest.mark.parametrize("name", ["starter", "hf-hub:x"])
def test_a_model_without_a_download_is_one_sentence(
    name: str, hub: FakeHub, settings: Settings
) -> None:
    with pytest.raises(ModelError):
        pulled(settings, name)
    assert not hub.requests


def test_a_child_may_use_the_network_unless_the_user_forbids_it(cache: Path) -> None:
    stay_offline()
    assert "HF_HUB_OFFLINE" not in online_environment(os.environ)
    assert online_environment({"A": "b"}) == {"A": "b"}


def test_a_preset_is_requested_by_its_repository(hub: FakeHub, settings: Settings) -> None:
    with pytest.raises(RemoteFileMissingError, match=r"laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K"):
        pulled(settings, "clip")
    with pytest.raises(
        RemoteFileMissingError, match=r"tokenizer.json of timm/ViT-B-32-SigLIP2-256"
    ):
        pulled(settings, "multilingual")


def test_a_downloaded_model_opens_no_socket(hub: FakeHub, settings: Settings) -> None:
    """Open every tower in a process that ends at any connection."""
    pulled(settings)
    code = (
        "import os, sys; from pathlib import Path\n"
        "def refuse(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        os.write(1, repr((event, args)).encode()); os._exit(9)\n"
        "sys.addaudithook(refuse)\n"
        "from tui.core.settings import Settings\n"
        "from tui.models.registry import find_model, open_images, open_text\n"
        f"settings = Settings(data_dir=Path({str(settings.data_dir)!r}), device='cpu')\n"
        f"spec = find_model({NAME!r}, settings)\n"
        "open_text(spec, settings).embed_text(['a dog'])\n"
        "from tui.models.clip.towers import ClipText\n"
        "ClipText(spec, settings).embed_text(['a dog'])\n"
        "open_images(spec, settings); print('none')"
    )
    environment = online_environment(os.environ)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.strip() == "none", done.stderr


def test_another_commit_is_another_model(hub: FakeHub, settings: Settings, tmp_path: Path) -> None:
    pulled(settings)
    before = find_model(NAME, settings)
    assert COMMIT[:12] in before.model_id
    other = write_model(tmp_path / "other", RESNET)
    snapshot = repository_folder(REPOSITORY) / "snapshots" / "fedcba9876543210"
    snapshot.mkdir()
    for file in other.iterdir():
        (snapshot / file.name).write_bytes(file.read_bytes())
    (repository_folder(REPOSITORY) / "refs" / "main").write_text(snapshot.name)
    after = find_model(NAME, settings)
    assert after.model_id != before.model_id
    assert json.loads((snapshot / CONFIG_FILE).read_text())["model_cfg"]["vision_cfg"] != VIT
    assert np.isfinite(open_text(after, settings).embed_text(["dog"])).all()
