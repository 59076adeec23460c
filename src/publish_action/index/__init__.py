"""Package indexes: where they are, what serves them, what they list."""
