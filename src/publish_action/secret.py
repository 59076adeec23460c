"""A value that no text form shows."""

from typing import NoReturn

_SHOWN = "***"


class Secret:
    """Hold a password or token so that only `reveal()` gives it out.

    `reveal()` stands only where the value goes on the wire or to the runner's mask
    (docs/architecture.md, decision 2).
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({_SHOWN})"

    def __str__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        return _SHOWN

    def __reduce__(self) -> NoReturn:
        # pickle, copy and deepcopy all come through here; each would put the value where nobody looks for it.
        raise TypeError("a Secret cannot be copied or pickled")
