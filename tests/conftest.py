"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# No test is a matter of speed, and each run tries the same examples.
settings.register_profile(
    "hangtag", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("hangtag")


def pytest_configure() -> None:
    """Let Ctrl-C be heard: a shell's background ignores it, and so would whatever tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
