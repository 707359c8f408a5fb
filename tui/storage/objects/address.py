"""Plain values of object storage: the address and the status of an object."""

from __future__ import annotations

from dataclasses import dataclass
from stat import S_IFREG
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class ObjectAddress:
    """An object, or a prefix; ``str`` returns ``s3://bucket/prefix/x.jpg``."""

    protocol: str
    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> ObjectAddress:
        """Read an address as a ``RemotePath`` writes it."""
        protocol, _, path = text.partition("://")
        bucket, _, key = path.partition("/")
        return cls(protocol, bucket, key)

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    @property
    def root(self) -> str:
        """The address of the bucket."""
        return f"{self.protocol}://{self.bucket}"


class ObjectStatus(NamedTuple):
    """The status of an object, with the names of ``os.stat_result``.

    ``st_ino`` represents its version: it changes whenever its bytes do.
    """

    st_size: int
    st_mtime_ns: int
    st_ino: int
    st_mode: int = S_IFREG
