"""The time to a first semantic answer in a fresh process, part by part.

python -m tests.bench.text_start [ARCH] [--rounds N]

Makes a checkpoint of ARCH (ViT-B-32) with random weights, opens it once, so that its text tower is
cached, and then starts fresh processes, in which imports, loading and encoding are timed. Both ways
are shown: from the cached file, and through open_clip. The last line is one JSON object; seconds
are the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = ("import torch", "import the rest", "load", "first text", "second text")

_KEPT = """
from tui.models import registry
from tui.models.clip import text_tower, text_tower_cache, tokenizer
from tui.models.runtime import precision, tower
from safetensors import safe_open
import tokenizers, numpy
lap()
text = registry.open_text(spec, settings)
"""
_OPEN_CLIP = """
import open_clip
from tui.models.clip import towers
lap()
text = towers.ClipText(spec, settings)
"""
_CODE = """
import json, sys, time
from pathlib import Path
laps = [time.perf_counter()]
def lap():
    laps.append(time.perf_counter())
import torch
lap()
from tui.core.settings import Settings
from tui.models.registry import find_model
settings = Settings(data_dir=Path({data_dir!r}), device="cpu")
spec = find_model({name!r}, settings)
{way}
lap()
text.embed_text(["a red car in the rain"])
lap()
text.embed_text(["two people laughing at a table"])
lap()
print(json.dumps([later - sooner for sooner, later in zip(laps, laps[1:])]))
"""


def write_checkpoint(architecture: str, file: Path) -> None:
    """Write random weights of an architecture of open_clip."""
    code = (
        "import open_clip, torch; from safetensors.torch import save_file; torch.manual_seed(0);"
        f"model = open_clip.create_model({architecture!r});"
        f"save_file({{k: v.contiguous() for k, v in model.state_dict().items()}}, {str(file)!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)


def measure(way: str, name: str, data_dir: Path) -> list[float]:
    """Time one fresh process."""
    code = _CODE.format(way=way, name=name, data_dir=str(data_dir))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def main() -> None:
    """Print the parts of both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("architecture", nargs="?", default="ViT-B-32")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        file, data_dir = Path(folder) / "weights.safetensors", Path(folder) / "data"
        write_checkpoint(options.architecture, file)
        name = f"{options.architecture}@{file}"
        measure(_OPEN_CLIP, name, data_dir)  # selects the format and caches the tower
        (cache_file,) = (data_dir / "text").iterdir()
        print(f"{options.architecture}: {file.stat().st_size / 1e6:,.0f} MB of weights, "
              f"{cache_file.stat().st_size / 1e6:,.0f} MB kept of the text tower")  # fmt: skip
        ways = {"kept file": _KEPT, "open_clip": _OPEN_CLIP}
        rounds: dict[str, list[list[float]]] = {way: [] for way in ways}
        for _ in range(options.rounds):  # in turns, so that other load affects both
            for way, code in ways.items():
                rounds[way].append(measure(code, name, data_dir))
    medians = {
        way: [statistics.median(part) for part in zip(*times, strict=True)]
        for way, times in rounds.items()
    }
    print(f"{'seconds':18}" + "".join(f"{way:>12}" for way in medians))
    for index, part in enumerate(PARTS):
        print(f"{part:18}" + "".join(f"{times[index]:12.3f}" for times in medians.values()))
    after = {way: sum(times[1:4]) for way, times in medians.items()}
    print(f"{'after torch':18}" + "".join(f"{seconds:12.3f}" for seconds in after.values()))
    print(json.dumps({"parts": PARTS, "seconds": medians, "after_torch": after}))


if __name__ == "__main__":
    main()
