"""Show stars in place of host names, in logs that everybody can read: an index's words may name its neighbours."""

import re
from collections.abc import Iterable

_STARS = "***"
# What the program's own texts name.
_PUBLIC = ("pypi.org", "python.org", "pythonhosted.org", "github.com", "githubusercontent.com")
# The ends of file names, which look like those of host names.
_FILE_ENDS = frozenset(
    {
        "asc", "attestation", "bz2", "cfg", "egg", "exe", "gz", "html", "ini", "json", "log", "md", "publish", "py",
        "pyi", "rst", "sh", "so", "tar", "toml", "txt", "whl", "xml", "yaml", "yml", "zip",
    }
)  # fmt: skip
# Backslashes are Markdown's: the summary holds the same texts.
_LABEL = r"[a-z0-9](?:(?:[a-z0-9_]|\\?-)*[a-z0-9])?"
_PORT = r"\\?:[0-9]{2,5}"
_HOST = re.compile(
    rf"""
    (?<=://) (?P<authority> (?: \\?[\w.~%:@\[\]-] )+ )
    # After an `@`, two slashes or two backslashes a host may begin as well; after one slash it is a path.
    | (?: (?<![\w./\\@-]) | (?<=\w@) | (?<=[\s("']//) | (?<=[\s("']\\\\) ) (?:
        (?P<address> (?:[0-9]{{1,3}}\.){{3}} [0-9]{{1,3}} ) (?:{_PORT})? (?![\w.])
        | (?P<name> (?:{_LABEL}\.)+ (?P<end>[a-z]{{2,}}) ) (?:{_PORT})? (?! \w | \((?![0-9]) )
        | (?=[^:\s]*[a-z]) {_LABEL} {_PORT} (?![\w.])
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def star_hosts(text: str, *, shown: Iterable[str] = ()) -> str:
    """Return the text without host names and addresses, but for public ones and those in `shown`."""
    public = tuple(shown)

    def star(found: re.Match[str]) -> str:
        return found[0] if _may_show(found, public) else _STARS

    return _HOST.sub(star, text)


def _may_show(found: re.Match[str], public: tuple[str, ...]) -> bool:
    written = found[0].replace("\\", "").lower()
    host = written.rpartition("@")[2].partition(":")[0]
    is_file = found["end"] is not None and found["end"].lower() in _FILE_ENDS
    is_public = any(host == name or host.endswith(f".{name}") for name in _PUBLIC)
    return is_file or is_public or written in public or host in public
