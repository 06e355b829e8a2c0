"""How soon ``hangtag --help`` answers, and ``import hangtag`` is done, in processes of their own.

python benchmarks/startup.py [--times 20]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "hangtag --help": ["-m", "hangtag", "--help"],
    "import hangtag": ["-c", "import hangtag"],
    "python alone": ["-c", ""],
}


def seconds(arguments: list[str]) -> float:
    """Of one process from its start to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the median and the slowest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    for name, arguments in COMMANDS.items():
        seconds(arguments)  # the first start reads the files from disk
        taken = [seconds(arguments) for _ in range(times)]
        print(
            f"{name:16} median {statistics.median(taken) * 1000:4.0f} ms   "
            f"slowest {max(taken) * 1000:4.0f} ms   of {times}"
        )


if __name__ == "__main__":
    main()
