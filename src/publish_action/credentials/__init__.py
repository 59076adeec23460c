"""Log in to an index."""
