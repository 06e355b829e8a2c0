"""Engines: what looks at a photo and answers."""
