"""Measure publish-action against twine and `uv publish` on one machine, in one run."""
