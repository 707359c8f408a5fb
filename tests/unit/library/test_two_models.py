"""Two models in one library: each keeps its vectors and has its own searches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tests.unit.models.clip.test_towers import VIT, write_model
from tui.cli import main
from tui.core.errors import ModelError
from tui.core.settings_file import load_settings
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.models.registry import find_model, open_text
from tui.models.runtime.tower import Tower
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend

if TYPE_CHECKING:
    from tui.core.domain import Pixels, Vectors


def run(*args: str) -> Result:
    result = CliRunner().invoke(main, list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_both_models_are_kept_and_searched(tmp_path: Path) -> None:
    first = str(write_model(tmp_path / "first"))
    second = str(write_model(tmp_path / "second", {**VIT, "layers": 1}))
    pictures = tmp_path / "pictures"
    for index, colour in enumerate(("red", "green", "blue")):
        save_picture(pictures / f"{colour}.png", colour, note=index)
    for model in (first, second):
        assert run("index", str(pictures), "--model", model).exit_code == 0
    status = json.loads(run("status", "--json").stdout)
    assert [one["embeddings"] for one in status["models"]] == [3, 3]
    assert (status["chosen"]["name"], "last used" in status["chosen"]["why"]) == (second, True)
    for model in (first, second):
        lines = run("search", "--json", "--model", model, "a red thing").stdout.splitlines()
        assert len(lines) == 3
    again = run("index", str(pictures), "--model", first)
    assert "0 indexed" in again.stderr
    assert json.loads(run("status", "--json").stdout)["chosen"]["name"] == first


def test_a_tower_can_not_search_the_index_of_another_model(tmp_path: Path) -> None:
    settings = load_settings()
    spec = find_model(str(write_model(tmp_path / "first")), settings)
    with Catalog.open(settings.data_dir) as catalog:
        engine = SearchEngine(LocalBackend(catalog, VectorIndex(catalog, "starter-2")))
        with pytest.raises(ModelError, match="not of open_clip:first@"):
            engine.attach(open_text(spec, settings))


class LostDevice(Tower):
    """A GPU that disappears in the middle of a batch."""

    def _run(self, batch: object) -> Vectors:
        raise RuntimeError("CUDA error: unspecified launch failure\nmore\nlines")


def test_a_device_that_disappears_is_one_sentence() -> None:
    import torch

    tower = LostDevice(torch.nn.Identity(), "cpu")
    tower._device = "cuda"
    tower._in_pieces = False
    with pytest.raises(ModelError) as caught:
        tower(torch.zeros(4, 3))
    assert str(caught.value) == (
        "The device cuda failed (CUDA error: unspecified launch failure). Progress is saved; "
        "run again, or try --device cpu."
    )


class FailingEmbedder(ColourEmbedder):
    """Embeds one batch, then its device disappears."""

    def embed_images(self, pixels: Pixels) -> Vectors:
        if self.pictures_embedded:
            raise ModelError("The device cuda failed.")
        return super().embed_images(pixels)


def test_a_device_that_disappears_loses_no_committed_picture(tmp_path: Path) -> None:
    for number in range(12):
        save_picture(tmp_path / "pictures" / f"{number}.png", "red", note=number)
    library = IndexedLibrary(tmp_path / "data", FailingEmbedder())
    with pytest.raises(ModelError, match="device cuda failed"):
        library.index(tmp_path / "pictures", batch_size=4)
    committed = library.catalog.count(None, library.embedder.model_id)
    assert committed < 12
    library.embedder = ColourEmbedder()
    report = library.index(tmp_path / "pictures", batch_size=4)
    assert library.catalog.count(None, library.embedder.model_id) == 12
    assert report.indexed == 12 - committed
    library.catalog.close()
