"""The experience of a new user: the sample photographs, indexed and found by their content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.pictures.sample_photos import label_of, photos_or_skip
from tests.support.terminals.command_line import photoseek
from tui.core.settings_file import load_settings
from tui.models.registry import find_model, open_text
from tui.search.open import open_engine
from tui.search.query.parse import parse

if TYPE_CHECKING:
    import pytest


def test_photographs_are_found_by_their_labels(capfd: pytest.CaptureFixture[str]) -> None:
    photos = photos_or_skip()
    outcome = photoseek("index", "--json", str(photos[0].parent))
    assert outcome.code == 0
    end = json.loads(outcome.stdout.splitlines()[-1])
    assert (end["event"], end["indexed"], end["failed"]) == ("done", len(photos), 0)

    settings = load_settings()
    first = among_ten = 0
    with open_engine(settings) as engine:
        engine.attach(open_text(find_model(settings.model, settings), settings))
        for photo in photos:
            hits = engine.hits(engine.search(parse(label_of(photo))), 0, 10)
            paths = [hit.file.path for hit in hits]
            first += paths[0] == photo
            among_ten += photo in paths
    with capfd.disabled():
        print(
            f"\n{len(photos)} photographs: first for {first / len(photos):.1%} of the labels, "
            f"among the first ten for {among_ten / len(photos):.1%}"
        )
    assert first >= 0.80 * len(photos)
    assert among_ten >= 0.94 * len(photos)
