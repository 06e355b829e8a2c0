"""Text and photos as vectors of one space."""
