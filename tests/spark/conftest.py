"""Fixtures that several folders share."""

from spark_fixtures import environment, session, shop

__all__ = ["environment", "session", "shop"]
