"""hangtag reads product photos and writes the tag."""

__version__ = "0.1.0"
