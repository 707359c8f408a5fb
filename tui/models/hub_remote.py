"""What a hub says of a file before it is fetched.

A HEAD of ``ENDPOINT/OWNER/NAME/resolve/main/FILE`` gives the commit (``X-Repo-Commit``), the hash
(``X-Linked-ETag``, else ``ETag``), the size, and the address that the bytes are at.
"""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from tui.domain import ModelError
from tui.models.hub import REVISION, hub_home, repository_folder

if TYPE_CHECKING:
    from pathlib import Path

_REDIRECTS = 5


class MissingError(ModelError):
    """The hub has no such file."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as the hub describes it.

    Attributes:
        repository: ``owner/name``.
        file: its name there.
        url: where its bytes are.
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
        """Return where its bytes belong."""
        return repository_folder(self.repository) / "blobs" / self.etag

    @property
    def place(self) -> Path:
        """Return where it is found by its name."""
        return repository_folder(self.repository) / "snapshots" / self.commit / self.file

    @property
    def part(self) -> Path:
        """Return where what has come so far lies."""
        return self.blob.with_name(f"{self.etag}.incomplete")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the first answer is the one that describes the file."""

    def redirect_request(self, *_: Any) -> None:
        return None


def endpoint() -> str:
    """Return the hub's address: ``HF_ENDPOINT``, or the usual one."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def ask(repository: str, file: str, timeout: float) -> Remote:
    """Ask the hub about a file.

    Raises:
        MissingError: it has none of that name.
        ModelError: it can't be reached, or does not answer as a hub does.
    """
    url = f"{endpoint()}/{repository}/resolve/{REVISION}/{quote(file)}"
    host = urlsplit(url).netloc
    opener = urllib.request.build_opener(_Stay)
    for _ in range(_REDIRECTS):
        request = urllib.request.Request(url, headers=headers_for(url, host), method="HEAD")
        try:
            with opener.open(request, timeout=timeout) as answer:
                found = answer.headers
        except urllib.error.HTTPError as error:
            error.close()
            if not 300 <= error.code < 400:
                raise _refusal(error.code, repository, file) from error
            found = error.headers
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(error) from error
        onward = urljoin(url, found.get("Location", "")) if found.get("Location") else ""
        if onward and not found.get("X-Linked-ETag"):  # a renamed repository, for example
            url = onward
            continue
        return _described(repository, file, onward or url, found)
    raise ModelError(f"{endpoint()} leads {file} of {repository} in circles; try again later.")


def _described(repository: str, file: str, url: str, found: Any) -> Remote:
    etag = (found.get("X-Linked-ETag") or found.get("ETag") or "").removeprefix("W/").strip('"')
    commit = found.get("X-Repo-Commit") or ""
    size = found.get("X-Linked-Size") or found.get("Content-Length") or ""
    named = re.fullmatch(r"[0-9A-Za-z_-]{8,128}", etag) and re.fullmatch(r"[0-9a-f]{7,64}", commit)
    if not named or not size.isdecimal():
        raise ModelError(f"{endpoint()} does not answer as a hub does; set HF_ENDPOINT to one.")
    return Remote(repository, file, url, int(size), etag, commit)


def headers_for(url: str, host: str) -> dict[str, str]:
    """Return what goes with a request: the token only to the hub itself."""
    headers = {"User-Agent": "photoseek", "Accept-Encoding": "identity"}
    token = _token()
    if token and urlsplit(url).netloc == host:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _token() -> str:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if os.environ.get(name):
            return os.environ[name].strip()
    try:
        return (hub_home() / "token").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _refusal(code: int, repository: str, file: str) -> ModelError:
    if code == http.client.NOT_FOUND:
        return MissingError(f"{endpoint()} has no {file} of {repository}; check the model's name.")
    if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        return MissingError(
            f"{endpoint()} shows {repository} to nobody unknown, or has no such thing; check the "
            "name, or set HF_TOKEN."
        )
    return ModelError(f"{endpoint()} answered with status {code}; try again later.")


def _unreachable(error: Exception) -> ModelError:
    reason = getattr(error, "reason", None) or error
    return ModelError(
        f"{endpoint()} can't be reached ({reason}); go online, or set HTTPS_PROXY or HF_ENDPOINT."
    )
