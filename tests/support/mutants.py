"""Make modules of the core with one guard taken out, to see that the tests would notice."""

import builtins
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def load_mutant(chain: Sequence[str], room: str, old: str, new: str) -> Mapping[str, ModuleType]:
    """Return the modules of a chain (lowest first), made anew from their sources, with one text in one module replaced.

    Each imports the others of the chain, and everything else as it is; nothing that other tests see changes.
    """
    made: dict[str, ModuleType] = {}
    for name in chain:
        source = _source_of(name)
        if name == room:
            assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {room}"
            source = source.replace(old, new)
        made[f"publish_action.{name}"] = _make(name, source, made)
    return {name.removeprefix("publish_action."): module for name, module in made.items()}


def _source_of(name: str) -> str:
    spec = find_spec(f"publish_action.{name}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text()


def _make(name: str, source: str, made: Mapping[str, ModuleType]) -> ModuleType:
    def import_made(
        wanted: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        return made[wanted] if wanted in made else __import__(wanted, globals_, locals_, fromlist, level)

    module = ModuleType(f"mutant_{name}")
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_made}
    exec(compile(source, f"<mutant of {name}>", "exec"), module.__dict__)
    return module
