"""Judge real distributions and show every refusal: a false alarm of a rule would stop somebody's release.

python -m benchmarks.corpus_check                the 300 most downloaded wheels, fetched with pip into .cache/corpus
python -m benchmarks.corpus_check FOLDER …       the distributions that lie in these folders; nothing is fetched
"""

import sys
import tarfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from benchmarks.corpus_fetch import MAX_BYTES, fetch_wheels
from publish_action.content_scan import ContentScan, Hit
from publish_action.contents import Contents, Member, MemberKind
from publish_action.errors import DistributionsInvalid
from publish_action.file_names import FileName, parse_file_name
from publish_action.found_contents import find_in_contents
from publish_action.metadata import MetadataProblem, parse_metadata
from publish_action.model import Finding, Kind, Severity
from publish_action.sensitive_members import find_sensitive_members

CORPUS = Path(".cache/corpus")
BLOCK = 1 << 20
RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (find_sensitive_members, find_in_contents)
_LABEL = b"Metadata-Version: 2.1\nName: unread\nVersion: 0\n\n"


def main(arguments: list[str]) -> int:
    """Judge the corpus, and give 1 if any distribution in it would be refused."""
    folders = [Path(argument) for argument in arguments] or [CORPUS]
    if not arguments:
        for left_out in fetch_wheels(CORPUS):
            print(f"left out: {left_out}")
    files = sorted(file for folder in folders for end in ("*.whl", "*.tar.gz") for file in folder.glob(end))
    start = time.monotonic()
    judged: dict[str, list[Finding]] = {}
    for file in files:
        if file.stat().st_size > MAX_BYTES:
            print(f"left out: {file.name}: larger than {MAX_BYTES // 10**6} MB")
            continue
        try:
            judged[file.name] = judge(file)
        except (DistributionsInvalid, tarfile.TarError, zipfile.BadZipFile) as error:
            print(f"left out: {file.name}: {error}")
    print(f"\n{len(judged)} distributions judged in {time.monotonic() - start:.0f} seconds.\n")
    return _print_table(judged)


def judge(path: Path) -> list[Finding]:
    """Give what the rules have to say about one distribution."""
    contents = read(path)
    return [finding for rule in RULES for finding in rule(contents)]


def read(path: Path) -> Contents:
    """Read a distribution, as far as the rules that look for leaks ask."""
    name = parse_file_name(path.name)
    members: list[Member] = []
    hits: list[Hit] = []
    texts: dict[str, bytes] = {}
    for member, blocks in _walk_wheel(path) if name.kind is Kind.WHEEL else _walk_sdist(path):
        members.append(member)
        scan = ContentScan(member.path)
        first = b""
        for block in blocks:
            first = first or block
            scan.feed(block)
        hits += scan.finish()
        ends = member.path.split("/")
        if len(ends) == 2 and (ends[0].endswith(".dist-info") or name.kind is Kind.SDIST):
            texts[ends[1]] = first
    return _fill(name, path, members, hits, texts)


def _fill(name: FileName, path: Path, members: list[Member], hits: list[Hit], texts: dict[str, bytes]) -> Contents:
    place = "METADATA" if name.kind is Kind.WHEEL else "PKG-INFO"
    metadata = parse_metadata(texts.get(place, b""))
    if isinstance(metadata, MetadataProblem):
        metadata = parse_metadata(_LABEL)
    if isinstance(metadata, MetadataProblem):
        raise RuntimeError(metadata.message)
    return Contents(
        name=name,
        size=path.stat().st_size,
        metadata=metadata,
        folder="",
        metadata_member=place,
        members=tuple(members),
        texts=texts,
        hits=tuple(hits),
    )


def _walk_wheel(path: Path) -> Iterator[tuple[Member, Iterator[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kind = MemberKind.FOLDER if info.is_dir() else MemberKind.FILE
            with archive.open(info) as stream:
                member = Member(path=info.filename.rstrip("/"), kind=kind, size=info.file_size)
                yield member, _blocks(stream)


def _walk_sdist(path: Path) -> Iterator[tuple[Member, Iterator[bytes]]]:
    with tarfile.open(path, "r|gz") as archive:
        for info in archive:
            kind = MemberKind.FOLDER if info.isdir() else MemberKind.FILE if info.isfile() else MemberKind.SYMBOLIC_LINK
            member = Member(path=info.name, kind=kind, size=info.size)
            stream = archive.extractfile(info) if info.isfile() else None
            yield member, _blocks(stream) if stream else iter(())


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _print_table(judged: dict[str, list[Finding]]) -> int:
    refused = 0
    codes = Counter((finding.code, file) for file, findings in judged.items() for finding in findings)
    for code in sorted({code for code, _ in codes}):
        files = [file for seen, file in codes if seen == code]
        print(f"{code:20} {len(files):4} distributions {sum(codes[code, file] for file in files):5} findings")
    for file, findings in judged.items():
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        refused += bool(errors)
        for finding in (*errors, *(finding for finding in findings if finding.severity is not Severity.ERROR)):
            print(f"{finding.severity.value}: {file}: {finding.code}: {finding.message}")
    print(f"\n{refused} of {len(judged)} would be refused.")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
