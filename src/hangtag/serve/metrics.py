"""Counts and times of requests, in the text format that Prometheus reads."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Seconds. Queries take milliseconds; a photo that is made small, tens of them.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Requests by route, method and status; their time by route. For many threads.

    Routes are templates, such as ``/photos/{product_id}``: paths would be without number.
    """

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            key = (route, method, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            times = self._times.setdefault(route, [0] * (len(_BOUNDS) + 1))
            times[bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def text(self, gauges: Mapping[str, tuple[str, Callable[[], float]]]) -> str:
        """All of it, and ``gauges``: name → (help, what it is now)."""
        with self._lock:
            requests = dict(self._requests)
            times = {route: list(counts) for route, counts in self._times.items()}
            seconds = dict(self._seconds)
        lines = [*_counter(requests), *_histogram(times, seconds)]
        for name, (about, now) in gauges.items():
            lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge", f"{name} {now():g}"]
        return "\n".join(lines) + "\n"


def _counter(requests: Mapping[tuple[str, str, int], int]) -> Iterator[str]:
    name = "hangtag_requests_total"
    yield f"# HELP {name} Requests answered."
    yield f"# TYPE {name} counter"
    for (route, method, status), count in sorted(requests.items()):
        labels = f'route="{_plain(route)}",method="{_plain(method)}",status="{status}"'
        yield f"{name}{{{labels}}} {count}"


def _histogram(times: Mapping[str, list[int]], seconds: Mapping[str, float]) -> Iterator[str]:
    name = "hangtag_request_seconds"
    yield f"# HELP {name} Time until a request was answered."
    yield f"# TYPE {name} histogram"
    for route, counts in sorted(times.items()):
        label, so_far = f'route="{_plain(route)}"', 0
        for bound, count in zip((*_BOUNDS, "+Inf"), counts, strict=True):
            so_far += count
            yield f'{name}_bucket{{{label},le="{bound}"}} {so_far}'
        yield f"{name}_sum{{{label}}} {seconds[route]:.6f}"
        yield f"{name}_count{{{label}}} {so_far}"


def _plain(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
