"""The commands over a bucket, as real processes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.servers.s3_server import ENVIRONMENT, S3
from tests.support.terminals.command_line import photoseek


def fill(s3: S3, bucket: str, number: int) -> None:
    """Put pictures into a bucket, in two folders."""
    for n in range(number):
        data = io.BytesIO()
        Image.new("RGB", (40, 30), (n * 8, 255 - n * 8, n)).save(data, "JPEG")
        s3.put(bucket, {f"trip/{n % 2}/IMG_{n:02}.jpg": data.getvalue()})


def test_a_bucket_is_indexed_searched_and_forgotten(s3: S3) -> None:
    fill(s3, "commands", 6)
    address = "s3://commands/trip"
    done = photoseek("index", "--json", "--watch", address)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.code == 0, done.stderr
    assert events[-1] | {"event": "done", "indexed": 6, "failed": 0} == events[-1]
    assert [event["sentence"] for event in events if event["event"] == "notice"] == [
        "s3://commands/trip does not report changes; index it again to update it."
    ]
    s3.requests.clear()
    again = photoseek("index", f"{address}//")
    assert again.stderr.startswith("0 indexed, 6 unchanged, ")
    assert s3.requests.keys() == {"LIST"}
    result = photoseek(
        "search", "--paths", "--in", f"{address}/1", "name:img in:s3://commands/trip"
    )
    assert sorted(result.stdout.decode().split()) == [
        f"{address}/1/IMG_0{n}.jpg" for n in (1, 3, 5)
    ]
    status = json.loads(photoseek("status", "--json").stdout)
    assert status["folders"] == [{"path": address, "available": True, "options": {}}]
    forgotten = photoseek("forget", "--yes", f"{address}/0")
    assert "s3://commands/trip/0: 3 files in 1 folder will be removed" in forgotten.stderr


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s3://commands-none", "the bucket does not exist"),
        ("s3://throwaway:secret@bucket/x", "must not contain a password or a key"),
        ("nothing://bucket", "unknown protocol nothing://"),
    ],
)
def test_a_wrong_address_is_one_line(s3: S3, address: str, words: str) -> None:
    outcome = photoseek("index", address)
    assert outcome.code == 2
    assert words in outcome.error_line
    assert "secret" not in outcome.stderr


def test_a_refusal_is_one_line_without_a_secret(s3: S3) -> None:
    fill(s3, "refused-here", 1)
    with s3.refusing(lambda _method, _target: "SignatureDoesNotMatch"):
        outcome = photoseek("s3://refused-here")
    assert outcome.code == 2
    assert outcome.error_line.endswith("the server rejects your credentials; renew them.")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert ENVIRONMENT[name] not in outcome.stderr


def test_without_the_package_the_sentence_names_the_extra(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s3fs.py").write_text("raise ImportError('no s3fs')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    outcome = photoseek("index", "s3://bucket/x")
    assert outcome.error_line.endswith("pip install 'photoseek[s3]'.")
