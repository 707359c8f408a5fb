"""Oracles: random histories, libraries, queries and faults, checked against plain Python.

Each runs for some seconds in the suite, which is enough to detect a common fault.
``PHOTOSEEK_TEST_EXAMPLES`` multiplies the examples of all: ``1`` by default, ``50`` for an hour. A
failure is reported with the seed or the steps that reproduce it.

- `test_library_history`: a library over its whole life, with damage, repair and kills at any step.
- `test_ranking`: searches against a comparison with every picture in plain Python.
- `test_sorted_walk`: descriptions with an order, answered in parts, against the whole ranking.
- `test_concurrent_reader`: a reader beside a writer in another process.
- `test_frame`: updates of the screen, against all lines that Textual paints.
- `test_faulty_runs`: indexing runs with faults in files, the model and the caller.
"""

from __future__ import annotations

import os

VARIABLE = "PHOTOSEEK_TEST_EXAMPLES"


def examples(count: int) -> int:
    """Return how many examples to try, given the number for the suite."""
    return max(1, round(count * float(os.environ.get(VARIABLE, "1"))))
