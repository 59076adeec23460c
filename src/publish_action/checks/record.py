"""Rules about a wheel's RECORD: it lists every file once, with its size and its digest."""

from collections.abc import Iterator, Sequence

from publish_action.distributions.contents import TEXT_BYTES, Contents, Member, MemberKind
from publish_action.distributions.record import RecordFile, parse_record
from publish_action.models.distribution import Kind
from publish_action.models.finding import Finding, not_standard
from publish_action.untrusted.text import name_first

_REBUILD = (
    "Build the wheel again, and do not modify it afterwards; tools that must (`auditwheel repair`, `wheel pack`, "
    "code signing before `wheel pack`) write RECORD again."
)
_FORM = "Write digests as sha256 in URL-safe base64 without padding, as `wheel pack` does."
# They vouch for the others, and are made last (PEP 427).
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")


def judge_record(contents: Contents) -> Iterator[Finding]:
    """RECORD and the archive agree: PyPI tells the owners of a wheel where they do not, and `installer` refuses it.

    One finding for each kind of disagreement, however many files it is about.
    """
    data = contents.texts.get("RECORD") if contents.name.kind is Kind.WHEEL else None
    if data is None:
        # A missing RECORD is for the layout's rules.
        return
    if len(data) >= TEXT_BYTES["RECORD"]:
        yield _wrong(contents, (), f"RECORD is longer than {TEXT_BYTES['RECORD'] >> 20} MiB, which is the limit")
        return
    record = parse_record(data)
    # As the rows are: a path with a backslash is refused as that.
    files = {
        member.path.replace("\\", "/"): member for member in contents.members if member.kind is not MemberKind.FOLDER
    }
    yield from _judge_form(contents, record)
    yield from _judge_lists(contents, record, files)
    yield from _judge_files(contents, record, files)


def _judge_form(contents: Contents, record: RecordFile) -> Iterator[Finding]:
    if not record.is_utf8:
        yield _wrong(contents, (), "RECORD is not UTF-8")
    for found, says in (
        (record.broken_lines, "RECORD has lines that are not `path,digest,size` in CSV"),
        (record.repeated, "RECORD lists files more than once"),
    ):
        if found:
            yield _wrong(contents, found, says)
    for found, says in (
        (record.weak, "RECORD has digests by an algorithm weaker than sha256"),
        (record.malformed, "RECORD has malformed digests or sizes"),
    ):
        if found:
            yield _wrong(contents, found, says, remedy=_FORM)


def _judge_lists(contents: Contents, record: RecordFile, files: dict[str, Member]) -> Iterator[Finding]:
    unbound = {f"{contents.folder}/{name}" for name in _SIGNATURES}
    if unlisted := [path for path in files if path not in record.rows and path not in unbound]:
        yield _wrong(contents, unlisted, "RECORD does not list these files of the wheel")
    if gone := [path for path in record.rows if path not in files and path not in unbound]:
        yield _wrong(contents, gone, "RECORD lists files that are not in the wheel")


def _judge_files(contents: Contents, record: RecordFile, files: dict[str, Member]) -> Iterator[Finding]:
    without_own = {f"{contents.folder}/{name}" for name in ("RECORD", *_SIGNATURES)}
    told = {*record.weak, *record.malformed}
    # Of links and devices, which are refused as such, nobody reads what they would unpack to.
    plain = {path: member for path, member in files.items() if member.kind is MemberKind.FILE}
    rows = [(row, plain[row.path]) for row in record.rows.values() if row.path in plain and row.path not in told]
    judged = [(row, member) for row, member in rows if row.path not in without_own]
    if own := [row.path for row, _ in rows if row.path in without_own and row.digest]:
        yield _wrong(contents, own, "RECORD has a digest for files that are written after it")
    if bare := [row.path for row, _ in judged if not row.digest]:
        yield _wrong(contents, bare, "RECORD has no digest for these files")
    if sizes := [row.path for row, member in judged if row.size is not None and row.size != member.size]:
        yield _wrong(contents, sizes, "The sizes of these files differ from RECORD")
    if digests := [row.path for row, member in judged if row.digest and row.digest != member.digest]:
        yield _wrong(contents, digests, "The digests of these files differ from RECORD")


def _wrong(contents: Contents, found: Sequence[str], says: str, *, remedy: str = _REBUILD) -> Finding:
    return not_standard(
        "E_WHEEL_RECORD",
        file=contents.file,
        message=f"{says}: {name_first(found)}." if found else f"{says}.",
        remedy=remedy,
        member=f"{contents.folder}/RECORD",
    )
