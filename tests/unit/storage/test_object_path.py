"""Addresses are paths like any other."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import FolderError
from tui.storage.folders import absolute
from tui.storage.objects.path import RemotePath, from_address, is_address, to_path
from tui.storage.path_encoding import decode, encode, join, span

names = st.text(
    st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=5).map("/".join).map("s3://bucket/{}".format)


def test_an_object_path_has_its_address_as_text() -> None:
    path = from_address("S3://bucket/a//b/./c/../x y.jpg/")
    assert isinstance(path, Path)
    assert str(path) == os.fspath(path) == "s3://bucket/a/b/x y.jpg"
    assert (path.name, path.stem, path.suffix) == ("x y.jpg", "x y", ".jpg")
    assert path.is_absolute()
    assert path.absolute() == path
    assert f"{path!r}" == "RemotePath('s3://bucket/a/b/x y.jpg')"


def test_parents_end_with_the_bucket() -> None:
    path = from_address("s3://bucket/a/b.jpg")
    top = from_address("s3://bucket")
    assert list(path.parents) == [from_address("s3://bucket/a"), top]
    assert top.parent == top
    assert top.name == "bucket"
    assert from_address("s3://bucket/a/../../..") == top


@given(paths)
def test_the_address_of_a_path_is_its_text(text: str) -> None:
    path = from_address(text)
    assert str(path.address) == str(path)
    assert path.address.root == str(from_address(path.address.root))
    assert path.address.root == f"{path.address.protocol}://{path.address.bucket}"


@given(paths, names)
def test_paths_derived_from_an_object_path_are_object_paths(text: str, name: str) -> None:
    path = to_path(text)
    assert isinstance(path, RemotePath)
    assert str(path / name) == f"{text}/{name}"
    for other in ((path / name).parent, path.with_name(path.name), path.joinpath()):
        assert type(other) is RemotePath
        assert other == path
        assert hash(other) == hash(path)
    assert (path / name).relative_to(from_address(path.address.root)).parts[-1] == name
    assert (path / name).is_relative_to(path)
    assert path < path / name


@given(paths)
def test_an_object_path_survives_encoding(text: str) -> None:
    path = to_path(text)
    assert str(path) == text
    assert decode(encode(path)) == path
    assert pickle.loads(pickle.dumps(path)) == path
    assert type(pickle.loads(pickle.dumps(path))) is RemotePath
    assert join(encode(path.parent), os.fsencode(path.name)) == encode(path)


@given(paths, names)
def test_the_catalog_s_range_covers_exactly_a_folder_and_its_subfolders(
    text: str, name: str
) -> None:
    folder = to_path(text)
    exact, low, high = span(folder)
    assert encode(folder) == exact
    assert low <= encode(folder / name) < high
    assert not low <= encode(folder.with_name(f"{folder.name}0")) < high


def test_an_object_path_never_equals_a_disk_path() -> None:
    remote, local = from_address("s3://bucket/a"), Path("/s3:/bucket/a")
    assert remote != local
    assert local != remote
    assert not remote.is_relative_to(Path("/"))
    with pytest.raises(ValueError, match="is not below /"):
        remote.relative_to(Path("/"))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("s3://b", True),
        ("gs+x://b/c", True),
        ("/home/s3://b", False),
        ("s3:/b", False),
        ("a b://c", False),
        ("pictures", False),
    ],
)
def test_addresses_are_recognised(text: str, is_one: bool) -> None:
    assert is_address(text) == is_one
    assert isinstance(to_path(text), RemotePath) == is_one
    assert isinstance(absolute(text), RemotePath) == is_one


@pytest.mark.parametrize("text", ["s3://", "s3:///", "s3://./"])
def test_an_address_needs_a_bucket(text: str) -> None:
    with pytest.raises(FolderError, match="names no bucket"):
        absolute(text)


@pytest.mark.parametrize("text", ["s3://key:pass@b/x", "s3://KEY:pa/ss@b", "sftp://me:pass@h:22/x"])
def test_an_address_with_a_password_is_rejected_and_not_repeated(text: str) -> None:
    with pytest.raises(FolderError, match="must not contain a password") as caught:
        absolute(text)
    assert "pa" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    "text",
    ["sftp://me@host:22/a@b", "s3://arn:aws:s3:eu-1:12:accesspoint/mine/a@b", "s3://b/c:d@e.jpg"],
)
def test_a_disk_path_that_looks_like_an_address_is_accepted(text: str) -> None:
    assert str(absolute(text)) == text


def test_an_object_path_cannot_be_written() -> None:
    path = from_address("s3://bucket/a.jpg")
    for change in (path.mkdir, path.unlink, path.touch):
        with pytest.raises(OSError, match="object storage is read-only"):
            change()
    with pytest.raises(OSError, match="object storage is read-only"):
        path.open("wb")
