"""The metadata of a file on a hub.

A HEAD of ``ENDPOINT/OWNER/NAME/resolve/main/FILE`` returns the commit (``X-Repo-Commit``), the hash
(``X-Linked-ETag``, else ``ETag``), the size, and the address of the bytes.
"""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from tui.core.errors import ModelError
from tui.models.hub.cache import REVISION, repository_folder
from tui.models.hub.http import check_address, endpoint, headers_for, opener

if TYPE_CHECKING:
    from pathlib import Path

_REDIRECTS = 5


class RemoteFileMissingError(ModelError):
    """The hub has no such file."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it.

    Attributes:
        repository: ``owner/name``.
        file: its name there.
        url: the address of its bytes.
        size: in bytes.
        etag: its hash, which is also its name in the cache.
        commit: of the repository.
    """

    repository: str
    file: str
    url: str
    size: int
    etag: str
    commit: str

    @property
    def blob(self) -> Path:
        """Return the path of its bytes in the cache."""
        return repository_folder(self.repository) / "blobs" / self.etag

    @property
    def snapshot_path(self) -> Path:
        """Return its path by name in the cache."""
        return repository_folder(self.repository) / "snapshots" / self.commit / self.file

    @property
    def part(self) -> Path:
        """Return the path of the partial download."""
        return self.blob.with_name(f"{self.etag}.incomplete")


def fetch_metadata(repository: str, file: str, timeout: float) -> RemoteFile:
    """Fetch the metadata of a file from the hub.

    Raises:
        RemoteFileMissingError: the hub has no file with that name.
        ModelError: it can't be reached, or is not a hub.
    """
    url = f"{endpoint()}/{repository}/resolve/{REVISION}/{quote(file)}"
    head = opener(follow=False)  # Only the first answer describes the file.
    for _ in range(_REDIRECTS):
        check_address(url)
        request = urllib.request.Request(url, headers=headers_for(url), method="HEAD")
        try:
            with head.open(request, timeout=timeout) as answer:
                headers = answer.headers
        except urllib.error.HTTPError as error:
            error.close()
            if not 300 <= error.code < 400:
                raise _refusal(error.code, repository, file) from error
            headers = error.headers
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(error) from error
        onward = urljoin(url, headers.get("Location", "")) if headers.get("Location") else ""
        if onward and not headers.get("X-Linked-ETag"):  # a renamed repository, for example
            url = onward
            continue
        check_address(onward or url)
        return _described(repository, file, onward or url, headers)
    raise ModelError(f"Too many redirects for {file} of {repository}; try again later.")


def _described(repository: str, file: str, url: str, headers: Any) -> RemoteFile:
    etag = (headers.get("X-Linked-ETag") or headers.get("ETag") or "").removeprefix("W/").strip('"')
    commit = headers.get("X-Repo-Commit") or ""
    size = headers.get("X-Linked-Size") or headers.get("Content-Length") or ""
    named = re.fullmatch(r"[0-9A-Za-z_-]{8,128}", etag) and re.fullmatch(r"[0-9a-f]{7,64}", commit)
    if not named or not re.fullmatch(r"[0-9]{1,15}", size):
        raise ModelError(f"{endpoint()} is not a hub; check HF_ENDPOINT.")
    return RemoteFile(repository, file, url, int(size), etag, commit)


def _refusal(code: int, repository: str, file: str) -> ModelError:
    if code == http.client.NOT_FOUND:
        return RemoteFileMissingError(
            f"{endpoint()} has no {file} of {repository}; check the model's name."
        )
    if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        return RemoteFileMissingError(
            f"{repository} was not found on {endpoint()}, or needs a login; check the name, or set "
            "HF_TOKEN."
        )
    return ModelError(f"{endpoint()} answered with status {code}; try again later.")


def _unreachable(error: Exception) -> ModelError:
    reason = getattr(error, "reason", None) or error
    return ModelError(
        f"Can't reach {endpoint()} ({reason}); check your connection, HTTPS_PROXY and HF_ENDPOINT."
    )
