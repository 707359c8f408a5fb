"""What is loaded when: a new interpreter each time, and its sys.modules."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "torchvision", "open_clip", "timm", "transformers", "onnxruntime"}
LATE = {"numpy", "PIL", "textual", "textual_image", "rich", "usearch", "rawpy", "watchfiles"}

REPORT = "\nimport json, sys\nprint(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a new interpreter holds after this code."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [None, ["--help"], ["--version"], ["search", "--help"], ["index", "--help"]],
    ids=["import", "help", "version", "search help", "index help"],
)
def test_the_command_line_starts_light(arguments: list[str] | None) -> None:
    code = "from tui.cli import main"
    if arguments is not None:
        code += f"\nmain({arguments}, standalone_mode=False)"
    loaded = loaded_after(code)
    assert "click" in loaded
    assert not loaded & (HEAVY | LATE)


def test_domain_and_settings_import_the_standard_library_only() -> None:
    loaded = loaded_after("import tui.domain, tui.config")
    assert loaded - sys.stdlib_module_names - loaded_after("pass") == {"tui"}


def test_what_is_forbidden_would_be_seen() -> None:
    assert loaded_after("import PIL.Image") & LATE == {"PIL"}
