"""A Ray cluster that a test can break: ``ray_head.py CPUS FOLDER``.

Listens on this machine only. Prints its address, and ends when its stdin does.
"""

from __future__ import annotations

import os
import sys

# Ray reads it when it is loaded.
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
os.environ.setdefault("RAY_AUTH_MODE", "disabled")  # otherwise by the files in the home folder

import ray


def main() -> None:
    ray.init(
        "local",
        num_cpus=int(sys.argv[1]),
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=80 << 20,
        _temp_dir=sys.argv[2],
    )
    print(ray.get_runtime_context().gcs_address, flush=True)
    sys.stdin.read()
    ray.shutdown()


if __name__ == "__main__":
    main()
