"""A package of one function."""


def answer() -> int:
    """Return 42."""
    return 42
