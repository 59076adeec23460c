"""Which audiences an index may ask an ID token for."""

import re

_SHAPE = re.compile(r"[!-~]{1,256}")

# An index chooses the audience, and PEP 807 is silent on which: a hostile or mistyped one could ask for the audience
# of another service, take the ID token and log in there as us. So these are kept for the services that own them.
_OWNERS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"pypi"), frozenset({"upload.pypi.org", "pypi.org"})),
    (re.compile(r"testpypi"), frozenset({"test.pypi.org"})),
    (re.compile(r"sigstore"), frozenset()),
    (re.compile(r"(?:.*\.)?sts\..*amazonaws\.com.*"), frozenset()),
    (re.compile(r"api://azureadtokenexchange.*"), frozenset()),
    (re.compile(r".*iam\.googleapis\.com.*"), frozenset()),
    # What GitHub puts in when nobody asks for an audience: many trust policies in the clouds accept it.
    (re.compile(r"https://github\.com/.*"), frozenset()),
    (re.compile(r"crates\.io|npm:.*|rubygems\.org"), frozenset()),
)

_OUR_OWN = "publish-action.invalid"
"""Of the audience for which evidence of the visibility is made (`evidence.EVIDENCE_AUDIENCE`)."""


def may_ask_for(audience: str, *, host: str, is_loopback: bool) -> bool:
    """Tell whether an index at `host` may have an ID token made for `audience`.

    An index on the loopback may ask for any: it plays PyPI in a rehearsal, and whoever listens there is on the
    runner already (docs/decisions/0015-audience-of-id-tokens.md).
    """
    if not _SHAPE.fullmatch(audience):
        return False
    # Nobody may have it, the loopback included: with such a token somebody could vouch for this run's visibility.
    if _OUR_OWN in audience.lower():
        return False
    if is_loopback:
        return True
    kept = [owners for pattern, owners in _OWNERS if pattern.fullmatch(audience.lower())]
    return all(host in owners for owners in kept)
