"""Read a wheel's WHEEL file: its fields, in their order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFile:
    """The fields of a WHEEL file (binary distribution format, PyPA)."""

    fields: tuple[tuple[str, str], ...]
    """Names in lower case, values without space around them."""

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value of a field, by its name in lower case."""
        return tuple(value for field, value in self.fields if field == name)


def parse_wheel_file(data: bytes) -> WheelFile:
    """Read the lines that are fields. Raises nothing; what is no field is passed over, as installers do."""
    lines = (line.partition(":") for line in data.decode("utf-8", "replace").splitlines())
    return WheelFile(fields=tuple((name.strip().lower(), value.strip()) for name, colon, value in lines if colon))
