"""Compare our verdict on metadata with twine's and packaging's: `python -m benchmarks.agreement FOLDER`."""

import argparse
import contextlib
import io
import logging
import sys
import tarfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import Metadata
from twine.commands.check import check

from publish_action.checks.classifiers import CLASSIFIER_RULES
from publish_action.checks.description import DescriptionRule
from publish_action.checks.metadata import METADATA_RULES
from publish_action.checks.urls import URL_RULES
from publish_action.distributions.contents import Contents
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.errors import DistributionsInvalid
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, Severity

_RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (*METADATA_RULES, *CLASSIFIER_RULES, *URL_RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one judge says of one file: why it refuses it, or nothing."""

    reasons: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """Return the verdict for a table."""
        return "refuses" if self.reasons else "takes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the three judges say of one file."""

    file: str
    ours: Verdict
    packaging: Verdict
    twine: Verdict

    @property
    def words(self) -> tuple[str, str, str]:
        """Return the verdicts for a table."""
        return self.ours.word, self.packaging.word, self.twine.word


def main(arguments: Sequence[str]) -> None:
    """Compare every distribution of a folder, and print the table and each difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    warnings.simplefilter("ignore")
    paths = sorted((*folder.glob("*.whl"), *folder.glob("*.tar.gz")))
    judge = OurJudge()
    comparisons = [
        Comparison(file=path.name, ours=judge(path), packaging=ask_packaging(path), twine=ask_twine(path))
        for path in paths
    ]
    print("\n".join(render(comparisons)))
    print(
        f"\n{len(paths)} files. Rules on fields: {judge.seconds:.3f} s of CPU. "
        f"{judge.description.renderings} descriptions rendered in {judge.description_seconds:.1f} s."
    )


def render(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Return the table of verdicts in Markdown, then the files that the judges differ on, with their reasons."""
    yield "| ours | packaging | twine check --strict | files |\n| --- | --- | --- | ---: |"
    for words, count in Counter(one.words for one in comparisons).most_common():
        yield f"| {' | '.join(words)} | {count} |"
    for one in comparisons:
        if set(one.words) != {"takes"}:
            yield f"\n{one.file}"
            for judge, verdict in (("ours", one.ours), ("packaging", one.packaging), ("twine", one.twine)):
                yield from (f"  {judge}: {reason}" for reason in verdict.reasons)


class OurJudge:
    """Asks the rules on metadata, and keeps what that costs."""

    def __init__(self) -> None:
        self.description = DescriptionRule()
        self.seconds = 0.0
        self.description_seconds = 0.0

    def __call__(self, path: Path) -> Verdict:
        """Return the errors that the rules find in a file."""
        try:
            contents = read_contents(path)
        except DistributionsInvalid as error:
            return Verdict(reasons=(f"{error.code}: {error}",))
        started = time.process_time()
        findings = [finding for rule in _RULES for finding in rule(contents)]
        self.seconds += time.process_time() - started
        started = time.perf_counter()
        findings += self.description(contents)
        self.description_seconds += time.perf_counter() - started
        return Verdict(
            reasons=tuple(f"{one.code}: {one.message}" for one in findings if one.severity is Severity.ERROR)
        )


def read_contents(path: Path) -> Contents:
    """Return what the rules on metadata need of a file. Raises `DistributionsInvalid`."""
    name = parse_file_name(path.name)
    member, data = read_member(path)
    metadata = parse_metadata(data)
    if not isinstance(metadata, CoreMetadata):
        raise DistributionsInvalid(metadata.message, remedy=metadata.remedy, code=metadata.code)
    return Contents(
        name=name,
        size=path.stat().st_size,
        metadata=metadata,
        folder=member.rpartition("/")[0],
        metadata_member=member,
        members=(),
        texts={},
        hits=(),
    )


def read_member(path: Path) -> tuple[str, bytes]:
    """Return the metadata of a file, whatever they say, and the member that holds them.

    Raises `DistributionsInvalid` where there are none.
    """
    if parse_file_name(path.name).kind is Kind.WHEEL:
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                    return name, wheel.read(name)
    else:
        with tarfile.open(path) as sdist:
            for member in sdist:
                if (
                    member.name.endswith("/PKG-INFO")
                    and member.name.count("/") == 1
                    and (file := sdist.extractfile(member))
                ):
                    return member.name, file.read()
    raise DistributionsInvalid("It has no metadata.", remedy="Build it again.", code="E_METADATA_UNREADABLE")


def ask_packaging(path: Path) -> Verdict:
    """Return what `packaging.metadata` finds wrong, with nothing left out of the file."""
    try:
        Metadata.from_email(read_member(path)[1])
    except ExceptionGroup as group:
        return Verdict(reasons=tuple(sorted({str(error) for error in group.exceptions})))
    except (DistributionsInvalid, ValueError) as error:
        return Verdict(reasons=(str(error),))
    return Verdict()


def ask_twine(path: Path) -> Verdict:
    """Return the verdict of `twine check --strict`."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("twine.commands.check")
    logger.addHandler(handler)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            failed = check([str(path)], strict=True)
    except Exception as error:  # noqa: BLE001 -- whatever twine says, it is not yes
        return Verdict(reasons=(f"{type(error).__name__}: {error}",))
    finally:
        logger.removeHandler(handler)
    return Verdict(reasons=tuple(said.getvalue().splitlines())) if failed else Verdict()


if __name__ == "__main__":
    main(sys.argv[1:])
