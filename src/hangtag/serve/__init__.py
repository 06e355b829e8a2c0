"""The search page and its API, on this machine."""
