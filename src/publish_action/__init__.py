"""Publish Python distributions from GitHub to the index they belong on, and to no other."""

__version__ = "0.1.0"
