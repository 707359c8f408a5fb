"""Permissions of a library: modes that follow its folder, sentences, and network drives."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.as_user import NOBODY, as_two_users, public_folder, unprivileged
from tests.support.libraries.catalog_rows import MODEL, commit_pictures, unit_vectors
from tui.core.errors import CatalogError
from tui.core.files import replace_file
from tui.library.base.permissions import network_remark, refuse_read_only, why_read_only
from tui.library.local.catalog import schema
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import repair
from tui.library.local.vectors.saving import write_generation

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("folder_mode", "files_mode"),
    [(None, 0o600), (0o700, 0o600), (0o750, 0o640), (0o755, 0o644), (0o2770, 0o660)],
)
def test_files_have_the_modes_of_the_library_s_folder(
    tmp_path: Path, folder_mode: int | None, files_mode: int
) -> None:
    data_dir = tmp_path / "library"
    if folder_mode is not None:
        data_dir.mkdir()
        data_dir.chmod(folder_mode)
    before = os.umask(0o027)
    try:
        with writer_lock(data_dir), Catalog.open(data_dir) as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(10))
            write_generation(catalog, MODEL, finished=True)
            modes = {path.name: mode(path) for path in data_dir.rglob("*") if path.is_file()}
    finally:
        os.umask(before)
    assert {"catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "writer.lock"} < set(
        modes
    )
    assert any(name.startswith("gen-") for name in modes)
    assert set(modes.values()) == {files_mode}
    assert mode(data_dir) == mode(data_dir / "index") == (folder_mode or 0o700)


def test_private_files_stay_private_in_a_shared_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with replace_file(tmp_path / "memory.json") as draft:
        draft.file.write(b"{}")
    assert mode(tmp_path / "memory.json") == 0o600


def test_the_owner_can_change_the_library_and_create_a_missing_one(tmp_path: Path) -> None:
    assert why_read_only(tmp_path) is None
    assert why_read_only(tmp_path / "none" / "yet") is None


def test_a_permission_error_names_the_owner() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    with public_folder() as folder:
        folder.chmod(0o755)
        with unprivileged():
            assert "Can't create a library" in (why_read_only(folder) or "")
        Catalog.open(folder).close()
        with unprivileged():
            with pytest.raises(CatalogError, match=r"not change it; ask its owner \(root\)"):
                refuse_read_only(folder)
            with pytest.raises(CatalogError, match="not change it"):
                repair(folder)
        os.chown(folder, 54321, -1)
        with unprivileged():
            assert "(user 54321)" in (why_read_only(folder) or "")
        os.chown(folder, NOBODY, -1)
        folder.chmod(0o555)
        with unprivileged():
            assert "allow writing there" in (why_read_only(folder) or "")


@as_two_users
def test_a_catalog_that_root_repairs_keeps_its_owner(tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as catalog:
        path = catalog.path
    content = bytearray(path.read_bytes())
    content[3 * schema.PAGE_SIZE :] = b"\xff" * (len(content) - 3 * schema.PAGE_SIZE)
    path.write_bytes(content)
    for item in (tmp_path, path):
        os.chown(item, NOBODY, NOBODY)
    before = path.stat().st_ino
    repair(tmp_path)
    after = path.stat()
    assert after.st_ino != before
    assert (after.st_uid, after.st_gid) == (NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("kind", "is_told"),
    [
        *((kind, True) for kind in ("nfs4", "cifs", "9p", "virtiofs", "vboxsf", "fuse.mergerfs")),
        *((kind, False) for kind in ("ext4", "overlay")),
    ],
)
def test_a_network_drive_is_reported(tmp_path: Path, kind: str, is_told: bool) -> None:
    device = tmp_path.stat().st_dev
    mounts = [
        "21 1 0:999 / /elsewhere rw - nfs server:/x rw",
        f"22 1 {os.major(device)}:{os.minor(device)} / / rw shared:1 - {kind} server:/y rw",
        "",
    ]
    remark = network_remark(tmp_path, mounts)
    assert (remark is not None) == is_told
    if remark is not None:
        assert f"network drive or a shared folder ({kind})" in remark
        assert "move the library to a local disk (--data-dir)" in remark


def test_an_unknown_disk_gets_no_remark(tmp_path: Path) -> None:
    assert network_remark(tmp_path, []) is None
    assert network_remark(tmp_path / "none") is None
    assert network_remark(tmp_path, ["nonsense", " - ", "1 2 3 - nfs"]) is None
