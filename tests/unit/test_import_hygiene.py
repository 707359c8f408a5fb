"""The imports of each step, measured in new interpreters by their sys.modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

HEAVY = {"torch", "torchvision", "open_clip", "timm", "transformers", "onnxruntime"}
LATE = {"numpy", "PIL", "textual", "textual_image", "rich", "usearch", "rawpy", "watchfiles"}
LATE |= {"pymilvus", "ray", "fsspec", "s3fs"}
AFTER_FIRST_FRAME = (
    "tui.core.domain", "tui.images", "tui.library", "tui.models", "tui.search", "tui.indexing",
    "tui.app.graphics", "tui.app.terminal.probe", "tui.app.widgets.results",
)  # fmt: skip

REPORT = "\nimport json, sys\nprint(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"

APP = """
import json, sys
from pathlib import Path
import tui.app.app
from tui.app.terminal.capabilities import choose_images
from tui.core.settings_file import load_settings

class App(tui.app.app.PhotoseekApp):
    CSS_PATH = Path(tui.app.app.__file__).with_name("photoseek.tcss")

    def on_ready(self):  # before the application's own, which may load what it likes
        Path(sys.argv[1]).write_text(json.dumps(sorted(sys.modules)))
        self.exit()

App(load_settings(), images=choose_images("auto")).run()
"""


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules in a new interpreter after this code."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [None, ["--help"], ["--version"], ["search", "--help"], ["index", "--help"], ["help", "keys"]],
    ids=["import", "help", "version", "search help", "index help", "page"],
)
def test_the_command_line_imports_little(arguments: list[str] | None) -> None:
    code = "from tui.cli import main"
    if arguments is not None:
        code += f"\nmain({arguments}, standalone_mode=False)"
    loaded = loaded_after(code)
    assert "click" in loaded
    assert not loaded & (HEAVY | LATE)


def test_domain_and_settings_only_import_the_standard_library() -> None:
    loaded = loaded_after("import tui.core.domain, tui.core.settings_file")
    assert loaded - sys.stdlib_module_names - loaded_after("pass") == {"tui"}


def test_naming_a_library_loads_nothing_heavy() -> None:
    for library in ("", "milvus://nas/family"):
        code = (
            "from pathlib import Path; from tui.core.settings import Settings\n"
            "from tui.library.open import open_library\n"
            f"open_library(Settings(Path('data'), library={library!r})).read_only_reason()"
        )
        assert not loaded_after(code) & (HEAVY | LATE)


def test_a_heavy_import_is_detected() -> None:
    assert loaded_after("import PIL.Image") & LATE == {"PIL"}


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
def test_the_first_frame_imports_nothing_heavy(tmp_path: Path) -> None:
    report = tmp_path / "modules.json"
    terminal, side = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", APP, str(report)],
        stdin=side,
        stdout=side,
        stderr=side,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    ) as process:
        os.close(side)
        patience = threading.Timer(60, process.kill)
        patience.start()
        screen = b""
        with suppress(OSError):  # Linux reports the end of the other side as an error
            while piece := os.read(terminal, 1 << 16):
                screen += piece
        patience.cancel()
        os.close(terminal)
    assert report.exists(), screen.decode(errors="replace")
    loaded = json.loads(report.read_text())
    packages = {name.partition(".")[0] for name in loaded}
    assert "textual" in packages
    assert not packages & (HEAVY | LATE - {"textual", "rich"})
    assert not [name for name in loaded if name.startswith(AFTER_FIRST_FRAME)]
