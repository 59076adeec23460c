"""Read zip and gzip archives within bounds, certain that every reader finds the same members."""
