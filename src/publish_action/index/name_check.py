"""Look whether a private project's name is taken or free on the public index, by the index's whole list of names."""

from dataclasses import dataclass
from datetime import date

from publish_action.index.name_cache import NameCache
from publish_action.index.name_list import ListUnreadable, NameStanding, NameVerdict, compare_name, parse_names
from publish_action.models.finding import Finding, doubtful, noted, uncertain
from publish_action.models.policy import PublicName
from publish_action.network.client import HttpClient, NoResponse, Request
from publish_action.network.retry import describe_failure

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_LONGEST_LIST = 1 << 27
"""Bytes, unpacked. PyPI's has 45 MB."""
_PATIENCE = 60.0
"""Seconds for the whole list: what cannot be had by then is a warning and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicList:
    """The public index whose names are looked at."""

    name: str
    url: str | None
    """Its simple root, or None where that is not known."""


def look_up_name(
    project: str,
    *,
    public: PublicList,
    wanted: PublicName,
    modules: frozenset[str],
    client: HttpClient,
    cache: NameCache,
    today: date,
) -> Finding:
    """Give what the list says of a project's name, as a finding.

    The one request asks for the whole list; no name of ours is in it. What cannot be had is a warning and no more.
    """
    if public.url is None:
        return _unchecked(f"The list of names of {public.name} is not known.")
    names = cache.read(public.url, today)
    if names is None:
        fetched = _fetch(client, public.url)
        if isinstance(fetched, ListUnreadable):
            return _unchecked(f"The list of names of {public.name} could not be had: {fetched.reason}.")
        names = fetched
        cache.keep(public.url, today, names)
    verdict = compare_name(project, names, modules=modules)
    return _describe(project, public.name, verdict, wanted)


def _fetch(client: HttpClient, url: str) -> bytes | ListUnreadable:
    headers = {"Accept": _ACCEPT, "Accept-Encoding": "gzip"}
    answer = client.send(Request(method="GET", url=url, headers=headers, timeout=_PATIENCE, max_bytes=_LONGEST_LIST))
    if isinstance(answer, NoResponse) or answer.status != 200:
        return ListUnreadable(reason=describe_failure(answer))
    return parse_names(content_type=answer.headers.get("Content-Type", ""), body=answer.body)


def _describe(project: str, index: str, verdict: NameVerdict, wanted: PublicName) -> Finding:
    match verdict.standing:
        case NameStanding.TAKEN:
            return _describe_taken(project, index, wanted)
        case NameStanding.LOOK_ALIKE:
            message = f"Nobody can register {project} on {index}: {', '.join(verdict.names)} look too much like it."
            return _note(message, "Nothing. Beware of typing errors in installations.")
        case NameStanding.RESERVED:
            message = f"Nobody can register {project} on {index}: it is a module of Python's own library."
            return _note(message, "Nothing, but a project of such a name hides that module.")
        case NameStanding.CLAIMABLE:
            return doubtful(
                "W_NAME_CLAIMABLE",
                file="",
                message=f"Anybody can register {project} on {index}, and whoever installs it with both indexes would "
                "get theirs.",
                remedy="Install from the private index alone (docs/safe-installs.md), or own the name: register a "
                "real, harmless project there.",
            )


def _describe_taken(project: str, index: str, wanted: PublicName) -> Finding:
    if wanted is PublicName.OURS:
        message = f"{project} is on {index} too, and the policy says that it is ours."
        return _note(message, "Nothing. Give the private edition a local version, as 1.0+acme.")
    make = uncertain if wanted is PublicName.REFUSE else doubtful
    return make(
        "E_NAME_TAKEN_PUBLIC",
        file="",
        message=f"{project} is on {index} too: whoever installs it with both indexes may get that one.",
        remedy='Rename the private project; or, if that project is yours, write `public-name = "ours"` into its entry '
        "of the policy.",
    )


def _note(message: str, remedy: str) -> Finding:
    return noted("W_NAME_BLOCKED", message=message, remedy=remedy)


def _unchecked(message: str) -> Finding:
    return doubtful(
        "W_NAME_UNCHECKED",
        file="",
        message=message,
        remedy="The name was not compared. Nothing else was asked, and the release goes on.",
    )
