"""A million random texts, each parsed as a query, written, parsed again and completed.

python -m tests.bench.random_queries [COUNT [SEED]]

`tests.unit.search.query.test_random_queries.check` defines what must be true. The bench prints how
many texts failed, with the first few of them, and ends with one JSON object; the exit code is 1 if
any failed.
"""

from __future__ import annotations

import json
import sys
import time
from random import Random

from tests.support.random_texts import random_text
from tests.unit.search.query.test_random_queries import check

SHOWN = 10


def main(count: int = 1_000_000, seed: int = 0) -> int:
    """Check ``count`` texts; return how many failed."""
    random = Random(seed)
    failures, characters, start = 0, 0, time.perf_counter()
    for _ in range(count):
        text = random_text(random)
        characters += len(text)
        try:
            check(text, random)
        except Exception as error:
            failures += 1
            if failures <= SHOWN:
                print(f"{type(error).__name__}: {text!a}")
    seconds = round(time.perf_counter() - start, 1)
    print(f"{count:,} texts, {characters:,} characters, {failures:,} failures, {seconds} s")
    print(json.dumps({"texts": count, "characters": characters, "failures": failures}))
    return failures


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:3]))))
