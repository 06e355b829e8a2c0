"""A page where people confirm or correct readings, and what it needs to serve several at once."""
