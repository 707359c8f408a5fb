"""The facts of a file in a row, without a server."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.core.domain import ImageFile, PictureInfo
from tui.core.name_folding import search_key
from tui.library.base.records import IndexedFile
from tui.library.milvus.rows.expressions import below
from tui.library.milvus.rows.schema import (
    LONGEST_GRAM,
    MOST_GRAMS,
    TEXTS,
    details_of,
    error_facts,
    file_record,
    grams,
    id_of,
    info_facts,
    quote,
    unquote,
    whole_row,
)
from tui.storage.path_encoding import encode

HARMLESS = re.compile(r"[A-Za-z0-9_.~/%-]*")

names = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1),
    st.binary(min_size=1).map(
        lambda data: os.fsdecode(data.replace(b"/", b"").replace(b"\0", b""))
    ),
    st.sampled_from(['"', "\\", "%41", "a\nb", "' or 1 == 1", "x" * 250, "\udcff", "ﷺ" * 80]),
).filter(lambda name: 0 < len(os.fsencode(name)) <= 255 and name not in (".", ".."))


@given(st.binary())
def test_quoted_text_survives_a_round_trip_and_can_not_end_an_expression(data: bytes) -> None:
    assert HARMLESS.fullmatch(quote(data))
    assert unquote(quote(data)) == data


@given(st.text())
def test_any_text_can_be_quoted(text: str) -> None:
    assert HARMLESS.fullmatch(quote(text))


@given(st.binary(), st.binary())
def test_equal_prefixes_stay_equal_when_quoted(first: bytes, second: bytes) -> None:
    assert quote(second).startswith(quote(first)) == second.startswith(first)


@given(names, names)
def test_a_folder_is_a_range_of_its_files(folder: str, name: str) -> None:
    low, high = re.findall(r'"([^"]*)"', below(Path("/photos") / folder))
    inside = quote(encode(Path("/photos") / folder / name))
    assert low <= inside < high
    beside = quote(encode(Path("/photos") / f"{folder}{name}"))
    assert not low <= beside < high


@given(names)
def test_grams_are_all_short_parts_of_a_name_and_fit(name: str) -> None:
    parts, text = grams(name), search_key(name)
    assert len(parts) == len(set(parts)) <= MOST_GRAMS
    assert max(map(len, parts), default=0) <= LONGEST_GRAM
    if len(parts) < MOST_GRAMS:
        assert {unquote(gram).decode() for gram in parts if len(unquote(gram).decode()) == 1} == {
            *text
        }
        assert quote(text[:3]) in parts or not text


@given(
    names,
    st.integers(0, 2**64 - 1),
    st.integers(-(2**70), 2**70),
    st.builds(
        PictureInfo,
        st.integers(1, 10**6),
        st.integers(1, 10**6),
        st.sampled_from(["JPEG", "HEIF"]),
        st.none() | st.integers(-(2**62), 2**62),
        st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
        st.floats(-90, 90),
        st.floats(-180, 180),
    ),
)
def test_a_row_decodes_to_its_file(name: str, inode: int, mtime_ns: int, info: PictureInfo) -> None:
    path = Path("/photos") / name
    file = ImageFile(path, 5, mtime_ns, inode)
    facts = {**info_facts(info, 7), "vector": np.zeros(2, dtype=np.float32)}
    row = whole_row(IndexedFile(file, b"\x01" * 16, info), facts)
    assert all(len(row[field].encode()) <= most for field, most in TEXTS.items())
    known_path, indexed = file_record(row)
    assert (known_path, indexed.error, indexed.embedded) == (encode(path), None, True)
    assert indexed.content_id == int.from_bytes(b"\x01" * 16, "big")
    if abs(mtime_ns) < 2**63:
        assert indexed.matches(file)
    details = details_of(row)
    assert (details.file_id, details.path, details.info) == (id_of(encode(path)), path, info)
    assert details.content == b"\x01" * 16
    assert -(2**63) < row["date"] < 2**63


def test_a_file_that_could_not_be_read_has_no_picture() -> None:
    file = ImageFile(Path("/photos/a.jpg"), 5, 6, 7)
    item = IndexedFile(file, error="It is broken \udcff." * 1000, decoder="1")
    row = whole_row(item, error_facts(item, 3))
    assert row["vector"].tolist() == [0, 0, 0]
    assert details_of(row).info is None
    assert details_of(row).content is None
    _, indexed = file_record(row)
    assert (indexed.content_id, indexed.embedded, indexed.decoder) == (None, False, "1")
    assert indexed.error is not None
    assert indexed.error.startswith("It is broken")
    assert len(indexed.error.encode()) <= TEXTS["error"]


def test_shapes_follow_the_same_rule_as_in_a_local_library() -> None:
    shapes = [
        info_facts(PictureInfo(*size, "PNG"), 1)["shape"]
        for size in ((105, 100), (106, 100), (100, 105), (100, 106))
    ]
    assert shapes == [3, 1, 3, 2]
