"""Names with frequent words rank as if every file of the library were scored."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.libraries.catalog_builder import MODEL, CatalogBuilder
from tui.library.local.vectors.vector_index import VectorIndex
from tui.models.starter.lexicon import IGNORED
from tui.search.local import name_matcher
from tui.search.local.name_index import NameIndex
from tui.search.local.picture_table import PictureTable
from tui.search.local.raw_pairs import RawPairs
from tui.search.local.selection import FileSelector
from tui.search.matching.words import is_whole_name, split_words, word_forms
from tui.search.query.parse import parse
from tui.search.ranking import candidates as candidates_module
from tui.search.ranking.candidates import Candidates, fuse_name_matches
from tui.search.ranking.name_fusion import EXACT, FOLDER, query_words
from tui.search.ranking.relevance import ScoreScale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.domain import Keys, Scores
    from tui.search.local.selection import SelectedFiles
    from tui.search.query.terms import Query

MOST, MOST_PROMOTED = 5, 8
WORDS = ("snow", "snows", "party", "cake", "lake", "dog", "red")
FREQUENCIES = (0.6, 0.3, 0.5, 0.3, 0.3, 0.05, 0.02)
FOLDERS = ("", "lake", "lake/party", "red cake", "trip")
FILES = 300
SCALE = ScoreScale(0.1, 0.3)


class Library(NamedTuple):
    """A library whose names repeat a few words, and its files in plain Python.

    Attributes:
        root: the indexed folder.
        table: its pictures.
        selector: selects files.
        names: matches their names.
        names_of: the name of each file.
        folder_words_of: the words in each file's folders.
    """

    root: Path
    table: PictureTable
    selector: FileSelector
    names: NameIndex
    names_of: list[str]
    folder_words_of: list[set[str]]


@pytest.fixture(scope="module", params=["no copies", "copies and raw files"])
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    copies = 0.0 if request.param == "no copies" else 0.3
    builder = CatalogBuilder(tmp_path_factory.mktemp("library"))
    dice = random.Random(3)
    names_in_use: set[Path] = set()
    for number in range(FILES):
        words = [
            word for word, share in zip(WORDS, FREQUENCIES, strict=True) if dice.random() < share
        ]
        dice.shuffle(words)
        folder, stem = Path(dice.choice(FOLDERS)), " ".join(words)
        if not stem or folder / stem in names_in_use or dice.random() < 0.8:
            stem = f"{stem} {number}"
        name = folder / stem
        names_in_use.add(name)
        content = str(dice.randrange(number) if number and dice.random() < copies else number)
        builder.add_picture(f"{name}.jpg", content, "grey")
        if dice.random() < copies / 3:
            builder.add_picture(f"{name}.nef", f"raw {number}", "grey")
    catalog = builder.catalog
    table = PictureTable(catalog)
    index = VectorIndex(catalog, MODEL)
    pairs = RawPairs(table, index.__len__, index.vectors)
    names = NameIndex(table, index.__len__, pairs)
    names.load(names.read())
    assert table.is_in_content_order is not bool(copies)
    assert bool(len(pairs.load())) is bool(copies)
    paths = [Path(table.folder_paths[number].decode()) for number in table.folders.tolist()]
    yield Library(
        builder.root,
        table,
        FileSelector(catalog, table, MODEL, pairs),
        names,
        [table.names[row] for row in range(len(table))],
        [set(split_words(str(path.relative_to(builder.root.parent)))) for path in paths],
    )
    catalog.close()


def score_by_file(library: Library, query: Query) -> dict[int, float]:
    """Score every file as `tui.search.ranking.name_fusion` describes it, in plain Python."""
    typed, whole = query_words(query)
    total = np.float32(0)
    sums = np.zeros(len(library.names_of), dtype=np.float32)
    for word in typed:
        if word in IGNORED:
            continue
        forms = set(word_forms(word))
        in_name = [bool(forms & set(split_words(name))) for name in library.names_of]
        in_folder = [bool(forms & words) for words in library.folder_words_of]
        weight = math.log(len(in_name) / max(sum(map(max, in_name, in_folder)), 1))
        total += np.float32(weight)
        pairs = zip(in_name, in_folder, strict=True)
        sums += np.array(
            [weight if name else weight / 2 if folder else 0 for name, folder in pairs], np.float32
        )
    scores = [float((reached / total) ** 2) if total else 0.0 for reached in sums]
    scores = [score if score >= 0.05 else 0.0 for score in scores]
    if whole is not None:
        named_folders = library.table.folder_index.find_named(whole)
        for row, (name, folder) in enumerate(
            zip(library.names_of, library.table.folders.tolist(), strict=True)
        ):
            if is_whole_name(whole, name):
                scores[row] = EXACT
            elif folder in named_folders:
                scores[row] = FOLDER
    return dict(zip(library.table.file_ids.tolist(), scores, strict=True))


def scores_by_content(
    library: Library, selection: SelectedFiles, by_file: dict[int, float]
) -> tuple[Keys, Scores]:
    """Return the score of the best-named file for each content that may be shown."""
    groups = selection.groups
    scores = {
        int(content): max(
            by_file[file]
            for file in groups.file_ids[groups.starts[content] :][: groups.counts[content]].tolist()
        )
        for content in groups.contents()
    }
    matching = {content: score for content, score in scores.items() if score}
    return np.array(list(matching), dtype=np.int64), np.array(list(matching.values()), np.float32)


def cosines_of(contents: Keys) -> tuple[Keys, Scores]:
    return contents, ((contents * 37 % 101) / 200).astype(np.float32)


words = st.lists(st.sampled_from([*WORDS, "trip", "nef", "7"]), min_size=1, max_size=4, unique=True)
texts = st.builds(
    lambda words, joint, filters: f"{joint.join(words)} {filters}",
    words,
    st.sampled_from([" ", " + "]),
    st.sampled_from(["", "ext:jpg", "name:snow", "-name:cake"]),
)


@settings(max_examples=60, deadline=None)
@given(
    texts,
    st.sampled_from([None, *FOLDERS[1:]]),
    st.lists(st.integers(1, 330), unique=True, max_size=12),
)
def test_frequent_words_rank_as_if_every_name_were_scored(
    library: Library,
    text: str,
    folder: str | None,
    nearest: list[int],
) -> None:
    scope = None if folder is None else library.root / folder
    query = parse(text, scope)
    selection = library.selector.select(query)
    near, cosines = cosines_of(np.array(nearest, dtype=np.int64))
    order = np.argsort(-cosines, kind="stable")
    candidates = Candidates(near[order], cosines[order], cosines[order])
    by_file = score_by_file(library, query)
    contents, values = scores_by_content(library, selection, by_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_matcher, "_SHORT", 3)
        patch.setattr(name_matcher, "MAX_NAMED", MOST)
        patch.setattr(name_matcher, "MAX_PROMOTED", MOST_PROMOTED)
        patch.setattr(candidates_module, "MAX_PROMOTED", MOST_PROMOTED)
        names = library.names.find(query, selection, near)
        everything = library.names.find(query, selection)
        if names is None or everything is None:
            assert not len(contents)
            return
        fused, expected = (
            fuse_name_matches(candidates, *each, cosines_of, scale=SCALE, most=MOST)
            for each in ((names.contents, names.values), (contents, values))
        )
    assert everything.contents.tolist() == sorted(contents.tolist())
    assert fused.keys.tolist() == expected.keys.tolist()
    assert np.allclose(fused.sort_scores, expected.sort_scores, atol=1e-6)
    shown = [file for file in selection.groups.file_ids.tolist() if by_file[file]]
    scored = everything.values_of(np.array(shown, dtype=np.int64)).tolist()
    assert scored == pytest.approx([by_file[file] for file in shown])
    assert len(names.contents) <= len(contents)


def test_few_files_are_scored_for_frequent_words(library: Library) -> None:
    selection = library.selector.select(parse("snow"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_matcher, "_SHORT", 3)
        patch.setattr(name_matcher, "MAX_NAMED", MOST)
        names = library.names.find(parse("+ snow + party"), selection, np.array([1, 2]))
        everything = library.names.find(parse("+ snow + party"), selection)
    assert names is not None
    assert everything is not None
    assert len(names.contents) < len(everything.contents) / 4
