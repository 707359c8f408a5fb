"""The requirements of libraries of 10 to 1,000 million pictures, computed from measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SIZES = (10_000_000, 100_000_000, 1_000_000_000)
WORKERS = (1, 10, 100)

NODE = 64 << 30
"""Memory of a query node."""

USED = 0.7
"""The part of it that rows may use; the rest is for the server, and for segments in transit."""

DAY = 86_400


@dataclass
class Measurement:
    """The input of the arithmetic, by default measured on two cores with 100,000 pictures.

    Attributes:
        disk: bytes a picture on the server's disk, after it is indexed and compacted.
        memory: bytes a picture by which the server's process grows.
        inserts: pictures a second that one client writes.
        images: pictures a second that a worker of one core embeds with the built-in model.
        file: bytes of a picture's file.
        row: bytes a picture sent to the server: four for each number, and about 1 kB of facts.
    """

    disk: float = 5_920.0
    memory: float = 6_400.0
    inserts: float = 2_140.0
    images: float = 30.0
    file: float = 654_000.0
    row: float = 3_000.0


def sizing(measured: Measurement) -> list[dict[str, Any]]:
    """Print the arithmetic for each size; return its results."""
    return [_size(pictures, measured) for pictures in SIZES]


def _size(pictures: int, m: Measurement) -> dict[str, Any]:
    disk, memory = pictures * m.disk, pictures * m.memory
    nodes = -int(-memory // (NODE * USED))
    writing = pictures / m.inserts / 3600
    print(
        f"\n{pictures:,} pictures\n"
        f"  disk     {pictures:,} x {m.disk:,.0f} B = {disk / 1e9:,.0f} GB, one copy of it\n"
        f"  memory   {pictures:,} x {m.memory:,.0f} B = {memory / 2**30:,.0f} GiB\n"
        f"  nodes    {memory / 2**30:,.0f} GiB / ({NODE >> 30} GiB x {USED}) = {nodes} query nodes,"
        f" each row once\n"
        f"  writing  {pictures:,} / {m.inserts:,.0f} a second = {writing:,.1f} h by one client"
    )
    days = {}
    for workers in WORKERS:
        rate = workers * m.images
        days[workers] = pictures / rate / DAY
        print(
            f"  {workers:3} x 1  {pictures:,} / ({workers} x {m.images:.0f} a second) / {DAY:,} s "
            f"= {days[workers]:,.2f} days; to the workers {rate:,.0f} x {m.file:,.0f} B "
            f"= {rate * m.file * 8 / 1e6:,.0f} Mbit/s, to the server {rate:,.0f} x {m.row:,.0f} B "
            f"= {rate * m.row * 8 / 1e6:,.1f} Mbit/s"
        )
    return {
        "pictures": pictures,
        "disk_gb": round(disk / 1e9),
        "memory_gib": round(memory / 2**30),
        "query_nodes": nodes,
        "writing_hours": round(writing, 1),
        "embedding_days": {str(workers): round(each, 2) for workers, each in days.items()},
    }
