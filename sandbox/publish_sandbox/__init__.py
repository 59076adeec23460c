"""Rehearse on this machine: a local GitHub, a PyPI-like index, real private indexes."""
