"""List every index that a run can name, and who can read each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from publish_action.index.detect_server import detect_server, find_upload_url
from publish_action.index.pypi import correct_pypi_url, is_pypi, pypi_read_url
from publish_action.models.index import Audience, Index, IndexProblem
from publish_action.models.policy import Policy, PolicyFact, PolicyIndex
from publish_action.untrusted.url import CanonicalUrl, UrlProblem, parse_url

_API_TOKEN_USER = "__token__"  # noqa: S105 -- the user name that goes with any API token
_NOT_READ = "none"
"""As a check URL: nothing is read, for a login that may upload and not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The indexes that can be used, and what is wrong with the others."""

    indexes: tuple[Index, ...]
    problems: tuple[IndexProblem, ...]
    public_index: str
    """The name of the index that `auto` uses for public code: `pypi` or `testpypi`."""
    private_addresses: tuple[str, ...] = ()
    """Every text that would give the place of a private index away, whether the index can be used or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a URL is written: an input, or a key of a policy."""

    key: tuple[str, ...]
    source: str = ""

    def __str__(self) -> str:
        return f"{'.'.join(self.key)} in {self.source}" if self.source else ".".join(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An index as somebody wrote it, with the places to blame it by."""

    written: PolicyIndex
    where: _Spot
    """Where its URL is written."""
    check_where: _Spot


def list_indexes(
    *,
    public_url: str,
    private_url: str,
    private_check_url: str,
    private_auth: str,
    private_username: str,
    private_auth_options: tuple[tuple[str, str], ...],
    policy: PolicyFact,
    pypi_url: str,
    testpypi_url: str,
) -> Catalogue:
    """Give every index by name, judged; an empty URL is one that was not given.

    - `pypi` is the index at `public_url`, so that a rehearsal's index stands in for PyPI under PyPI's name; but if
      `public_url` is TestPyPI, then `auto` uses `testpypi`, and `pypi` stays the real one.
    - `private` is the index at `private_url`, where one is given; it is private.
    - A private index of the policy that names no user takes `private_username`.
    - The check URL `none` switches off that anything is read, also where the read side follows from the upload URL.
    - Every index of the policy has its own name there, and the audience that is written there, else public.
    - A host of PyPI can never be private. Nor can a place that is public under another name: two entries that
      disagree on who can read one place are both refused (docs/decisions/0012-indexes-and-their-audience.md).
    """
    is_test = _is_same_host(public_url, testpypi_url)
    pypi, testpypi = (pypi_url, public_url) if is_test else (public_url or pypi_url, testpypi_url)
    entries = [
        _entry_of_inputs(_public("pypi", pypi), "public-index-url"),
        _entry_of_inputs(_public("testpypi", testpypi), "public-index-url"),
        *_policy_entries(policy, private_username),
    ]
    if private_url:
        written = PolicyIndex(
            name="private",
            url=private_url,
            audience=Audience.PRIVATE,
            check_url=private_check_url,
            auth=private_auth,
            username=private_username,
            auth_options=private_auth_options,
        )
        entries.append(_entry_of_inputs(written, "private-index-url", "private-index-check-url"))
    judged = [_judge(entry, _public_places(entries)) for entry in entries]
    return Catalogue(
        indexes=tuple(index for index in judged if isinstance(index, Index)),
        problems=tuple(problem for problem in judged if isinstance(problem, IndexProblem)),
        public_index="testpypi" if is_test else "pypi",
        private_addresses=tuple(_list_addresses(entries)),
    )


def _list_addresses(entries: Iterable[_Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.written.audience is Audience.PRIVATE:
            for text in (entry.written.url, entry.written.check_url):
                yield from _addresses_of(text) if text not in {"", _NOT_READ} else ()


def _addresses_of(text: str) -> Iterator[str]:
    """Give a URL as it is written, as it should be, those that follow from it, and where they are."""
    yield text
    url = parse_url(text)
    if isinstance(url, UrlProblem) and url.suggestion:
        url = parse_url(url.suggestion)
    if isinstance(url, CanonicalUrl):
        upload, read = find_upload_url(url), detect_server(url)
        yield url.text
        yield from (upload[1],) if upload else ()
        yield from (read.read_url,) if read and read.read_url else ()
        yield from (f"{url.host}:{url.port}", url.host)


def _public(name: str, url: str) -> PolicyIndex:
    return PolicyIndex(name=name, url=url, audience=Audience.PUBLIC, username=_API_TOKEN_USER)


def _entry_of_inputs(written: PolicyIndex, name: str, check_name: str = "") -> _Entry:
    return _Entry(written=written, where=_Spot(key=(name,)), check_where=_Spot(key=(check_name,)))


def _policy_entries(policy: PolicyFact, private_username: str) -> Iterator[_Entry]:
    if isinstance(policy, Policy):
        for index in policy.indexes:
            where, check_where = (
                _Spot(key=("index", index.name, key), source=policy.source) for key in ("url", "check-url")
            )
            # A user name belongs to the private login; nothing is told it at an index that everybody can read.
            takes_user = index.audience is Audience.PRIVATE and not index.username
            is_chosen = private_username not in {"", _API_TOKEN_USER}
            written = replace(index, username=private_username) if takes_user and is_chosen else index
            yield _Entry(written=written, where=where, check_where=check_where)


def _is_same_host(url: str, other: str) -> bool:
    parsed, expected = parse_url(url), parse_url(other)
    return isinstance(parsed, CanonicalUrl) and isinstance(expected, CanonicalUrl) and parsed.host == expected.host


def _judge(entry: _Entry, public_places: frozenset[tuple[str, int, str]]) -> Index | IndexProblem:
    written = entry.written
    url = parse_url(written.url)
    if isinstance(url, UrlProblem):
        return _not_canonical(written.name, entry.where, _suggest_upload_url(url, written.audience))
    is_read = written.check_url != _NOT_READ
    check_url = parse_url(written.check_url) if written.check_url and is_read else None
    if isinstance(check_url, UrlProblem):
        return _not_canonical(written.name, entry.check_where, check_url)
    if problem := _judge_upload_url(written, entry.where, url):
        return problem
    if written.audience is Audience.PRIVATE and (problem := _doubt_privacy(entry, url, check_url, public_places)):
        return problem
    server, read_url = _find_server(url, check_url.text if check_url else None)
    return Index(
        name=written.name,
        url=url.text,
        audience=written.audience,
        check_url=read_url if is_read else None,
        is_write_only=not is_read,
        auth=written.auth,
        username=written.username,
        auth_options=written.auth_options,
        server=server,
    )


def _doubt_privacy(
    entry: _Entry, url: CanonicalUrl, check_url: CanonicalUrl | None, public_places: frozenset[tuple[str, int, str]]
) -> IndexProblem | None:
    """Return what speaks against an index being private, or None."""
    name = entry.written.name
    for where, given in ((entry.where, url), (entry.check_where, check_url)):
        if given is not None and is_pypi(given.host):
            return _pypi_not_private(name, where)
    if _place(url) in public_places:
        return _two_audiences(name, entry.where)
    if check_url is not None and _is_foreign_and_public(check_url, url, public_places):
        return _read_at_public_host(name, entry.check_where, check_url)
    return None


def _find_server(url: CanonicalUrl, check_url: str | None) -> tuple[str, str | None]:
    """Give the kind of an index's server, and its read URL: the one that was given, or one that is certain.

    A form that other servers may share is believed together with the read URL that goes with it. Without one it is
    kept as a guess, which `identification` proves or drops: a 404 from a wrong read side would mean "nothing there".
    """
    if is_pypi(url.host):
        return "", check_url or pypi_read_url(url.host)
    found = detect_server(url)
    if found is None:
        return "", check_url
    if check_url is None:
        return found.kind.name, found.read_url if found.is_certain else None
    is_shared = not found.is_certain and check_url.rstrip("/") != (found.read_url or "").rstrip("/")
    return "" if is_shared else found.kind.name, check_url


def _public_places(entries: list[_Entry]) -> frozenset[tuple[str, int, str]]:
    urls = (parse_url(entry.written.url) for entry in entries if entry.written.audience is Audience.PUBLIC)
    return frozenset(_place(url) for url in urls if isinstance(url, CanonicalUrl))


def _is_foreign_and_public(
    check_url: CanonicalUrl, url: CanonicalUrl, public_places: frozenset[tuple[str, int, str]]
) -> bool:
    """Return whether a read URL is on a public index's server, and not on the private index's own."""
    hosts = {place[:2] for place in public_places}
    return _place(check_url)[:2] in hosts and _place(check_url)[:2] != _place(url)[:2]


def _place(url: CanonicalUrl) -> tuple[str, int, str]:
    """Give what two spellings of one place have in common; taking two places for one only refuses more."""
    # 127.0.0.1, [::1] and localhost are one machine.
    host = "loopback" if url.is_loopback else url.host
    return host, url.port, url.path.rstrip("/").lower()


def _judge_upload_url(written: PolicyIndex, where: _Spot, url: CanonicalUrl) -> IndexProblem | None:
    """Object to an address that is known to accept no uploads; a private index at PyPI is another problem."""
    if found := find_upload_url(url):
        return _no_upload_url(written.name, where, kind=found[0].title, upload_url=found[1])
    right_url = correct_pypi_url(url) if written.audience is Audience.PUBLIC else ""
    return _not_pypis_upload_url(written.name, where, url, right_url) if right_url else None


def _suggest_upload_url(problem: UrlProblem, audience: Audience) -> UrlProblem:
    """Correct the suggestion too, so that following it does not lead to the next refusal."""
    url = parse_url(problem.suggestion or "")
    if not isinstance(url, CanonicalUrl):
        return problem
    upload = find_upload_url(url)
    pypis = correct_pypi_url(url) if audience is Audience.PUBLIC else ""
    return replace(problem, suggestion=pypis or (upload[1] if upload else problem.suggestion))


def _not_canonical(name: str, where: _Spot, problem: UrlProblem) -> IndexProblem:
    remedy = f"Write {problem.suggestion}" if problem.suggestion else "Write it as `https://host/path`."
    return IndexProblem(
        name=name,
        code="E_URL_NOT_CANONICAL",
        message=f"The URL of the index {name!r} ({where}) is not canonical: {problem.reason}. {remedy}",
        remedy=remedy,
        key=where.key,
        source=where.source,
    )


def _no_upload_url(name: str, where: _Spot, *, kind: str, upload_url: str) -> IndexProblem:
    return IndexProblem(
        name=name,
        code="E_UPLOAD_URL",
        message=f"The URL of the index {name!r} ({where}) is the one that installers read from {kind}; it accepts no "
        "uploads.",
        remedy=f"Write {upload_url}",
        key=where.key,
        source=where.source,
    )


def _not_pypis_upload_url(name: str, where: _Spot, url: CanonicalUrl, right_url: str) -> IndexProblem:
    return IndexProblem(
        name=name,
        code="E_UPLOAD_URL",
        message=f"The URL of the index {name!r} ({where}) is {url.text}, where PyPI accepts no uploads.",
        remedy=f"Write {right_url}",
        key=where.key,
        source=where.source,
    )


def _pypi_not_private(name: str, where: _Spot) -> IndexProblem:
    return IndexProblem(
        name=name,
        code="E_POLICY_PYPI_NOT_PRIVATE",
        message=f"The index {name!r} is marked private, but {where} is a host of PyPI, where everybody can read.",
        remedy="Give the URL of your private index; for PyPI or TestPyPI, choose `index: pypi` or `index: testpypi`.",
        key=where.key,
        source=where.source,
    )


def _read_at_public_host(name: str, where: _Spot, check_url: CanonicalUrl) -> IndexProblem:
    return IndexProblem(
        name=name,
        code="E_INDEX_AUDIENCE",
        message=f"The index {name!r} is marked private, but its read URL ({where}) is on {check_url.host}, the server "
        "of a public index. The private index's login would be sent there.",
        remedy="Give the address at which the private index itself is read.",
        key=where.key,
        source=where.source,
    )


def _two_audiences(name: str, where: _Spot) -> IndexProblem:
    return IndexProblem(
        name=name,
        code="E_INDEX_AUDIENCE",
        message=f"The index {name!r} is marked private, but its URL ({where}) is also that of a public index.",
        remedy="Say only once who can read that place: take the public entry away (`public-index-url`, or the "
        'policy\'s index), or mark it `audience = "private"`.',
        key=where.key,
        source=where.source,
    )
