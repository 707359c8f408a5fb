"""A child process that prints one JSON object a line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.child_process import JsonLinesProcess, NotStartedError, _json_object

ECHO_INPUT = """
import json, sys
print(json.dumps({"event": "ready"}), flush=True)
for line in sys.stdin:
    print(json.dumps({"input": line}), flush=True)
print(json.dumps({"event": "closed"}), flush=True)
"""


def python(code: str) -> JsonLinesProcess:
    return JsonLinesProcess([sys.executable, "-c", code], os.environ)


@given(st.binary())
def test_any_line_is_an_object_or_skipped(line: bytes) -> None:
    data = _json_object(line)
    assert data is None or isinstance(data, dict)


@pytest.mark.parametrize("line", [b"", b"[]", b"7", b"\xff\xfe", b"[" * 100_000])
def test_a_line_that_is_not_an_object_is_skipped(line: bytes) -> None:
    assert _json_object(line) is None


def test_objects_are_read_and_a_truncated_line_is_skipped() -> None:
    long = "x" * 200_000
    process = python(
        "import json, sys\n"
        f'print(json.dumps({{"text": "x" * {len(long)}}}))\n'
        'print("noise")\n'
        'sys.stdout.write(\'{"event": "progr\')\n'
        "sys.exit(3)"
    )
    assert list(process.objects()) == [{"text": long}]
    assert process.exit_status == 3
    assert process.error_line == ""


def test_cancel_and_close_reach_a_running_process() -> None:
    process = python(ECHO_INPUT)
    objects = process.objects()
    assert next(objects) == {"event": "ready"}
    process.cancel()
    assert next(objects) == {"input": "cancel\n"}
    process.close()
    assert list(objects) == [{"event": "closed"}]
    assert process.exit_status == 0
    process.cancel()  # it has ended
    process.close()


def test_cancel_and_close_before_the_start_take_effect_after_it() -> None:
    process = python(ECHO_INPUT)
    process.cancel()
    process.close()
    assert [*process.objects()][1:] == [{"input": "cancel\n"}, {"event": "closed"}]


def test_a_process_that_does_not_listen_is_terminated() -> None:
    process = python('import time; print("{}", flush=True); time.sleep(600)')
    process.terminate()  # it has not started
    objects = process.objects()
    assert next(objects) == {}
    process.terminate()
    assert list(objects) == []
    assert process.exit_status != 0


def test_the_last_line_of_standard_error_is_the_reason() -> None:
    process = python('import sys; sys.exit("first\\nphotoseek: The disk is full.\\n")')
    assert list(process.objects()) == []
    assert (process.exit_status, process.error_line) == (1, "The disk is full.")


def test_a_missing_program_is_not_started(tmp_path: Path) -> None:
    process = JsonLinesProcess([str(tmp_path / "missing")], {})
    process.cancel()
    with pytest.raises(NotStartedError, match="No such file"):
        list(process.objects())


def test_the_process_gets_only_the_given_environment() -> None:
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    environment = {"PHOTOSEEK_MODEL": "clip"}
    process = JsonLinesProcess([sys.executable, "-c", code], environment)
    (data,) = process.objects()
    assert json.dumps(data["PHOTOSEEK_MODEL"]) == '"clip"'
    assert "HOME" not in data


def test_a_process_starts_without_space_for_a_temporary_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    process = python("import sys; sys.exit('photoseek: The disk is full.')")
    if sys.platform == "linux":
        assert list(process.objects()) == []
        assert process.error_line == "The disk is full."
    else:
        with pytest.raises(NotStartedError, match="No usable temporary directory"):
            list(process.objects())
