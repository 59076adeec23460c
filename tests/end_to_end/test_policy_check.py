"""`publish-action policy check`: what a policy means, what is wrong with it, and where a release would go."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from publish_action.policy.json_schema import render_schema
from publish_action.policy.parser import parse_policy
from support.policies import WHOLE, WRONG

GRANTING = """\
[index.acme]
url = "https://pkgs.acme.example/legacy/"
audience = "private"

[project."acme-*"]
indexes = ["acme"]

[project.acme-cli]
indexes = ["acme", "pypi"]
allow-public-from-nonpublic = true
environment = "pypi"
expires = 2999-01-31
reason = "for customers"
"""


ALLOWING = """\
[[allow]]
member = "acme/testing/server.key"
reason = "A certificate for tests."
code = "E_SECRET"
project = "Acme.*"
expires = 2999-01-31

[[allow]]
member = "acme/.env"
reason = "A template."
"""


def check(folder: Path, text: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Check a policy, in an environment without GitHub."""
    (folder / "policy.toml").write_text(text)
    words = [sys.executable, "-m", "publish_action", "policy", "check", "policy.toml", *options]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_policy_is_told_in_sentences(tmp_path: Path) -> None:
    """A good policy ends with exit status 0, and each entry is explained."""
    done = check(tmp_path, GRANTING)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "policy.toml is a valid policy.",
        "Not everybody can read the index acme; uploads go to https://pkgs.acme.example/legacy/, it is read at "
        "https://pkgs.acme.example/simple/.",
        "A project that acme-* covers may go to acme.",
        "acme-cli may go to acme, pypi. Wheels, and no sdist, may go to a public index also from a repository that is "
        "not public, by a job in the environment pypi, until 2999-01-31 (UTC). The reason given: for customers",
        "A project that no entry speaks of is not restricted.",
    ]


def test_allowed_members_are_told_with_their_reasons(tmp_path: Path) -> None:
    """What a policy allows is explained as plainly as where releases go."""
    done = check(tmp_path, ALLOWING)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:3] == [
        "acme-* may publish the member 'acme/testing/server.key' if it is E_SECRET, until 2999-01-31 (UTC). The reason "
        "given: A certificate for tests.",
        "Every project may publish the member 'acme/.env'. The reason given: A template.",
    ]


def test_problems_have_lines(tmp_path: Path) -> None:
    """A policy that is not valid ends with exit status 2, and every problem has its line."""
    done = check(tmp_path, GRANTING.replace("audience", "audiance").replace('"pypi"]', '"pipy"]'))

    assert done.returncode == 2
    assert "line 3: index.acme.audiance: there is no such key. Did you mean audience?" in done.stderr
    assert "line 9: project.acme-cli.indexes: there is no index pipy. Did you mean pypi?" in done.stderr


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://PKGS.acme.example/legacy/", "line 2: The URL of the index 'acme'"),
        ("https://upload.pypi.org/legacy/", "(E_POLICY_PYPI_NOT_PRIVATE)"),
    ],
)
def test_urls_are_judged_as_a_run_judges_them(tmp_path: Path, url: str, problem: str) -> None:
    """What a run would refuse of an index is a problem of the policy."""
    done = check(tmp_path, GRANTING.replace("https://pkgs.acme.example/legacy/", url))

    assert done.returncode == 2
    assert problem in done.stderr


def test_unknown_word_of_the_organisation_has_its_own_remedy(tmp_path: Path) -> None:
    """An unknown value closes private indexes too: the remedy lists the values, and no private index."""
    done = check(
        tmp_path, GRANTING, "--project", "acme-x", "--visibility", "private", "--publish-audience", "Private-Only"
    )

    last = done.stdout.splitlines()[-1]
    assert "is refused (E_ORGANISATION_AUDIENCE)." in last
    assert "Ask an administrator of the organisation to set publish_audience to one of private-only, by-grant" in last
    assert "Choose a private index" not in last


@pytest.mark.parametrize(
    ("word", "told"),
    [("refuse", "refuses the release"), ("warn", "is a warning"), ("ours", "is its owner's own")],
)
@pytest.mark.parametrize("indexes", ["['pypi']", "[]"])
def test_public_name_is_explained(tmp_path: Path, word: str, told: str, indexes: str) -> None:
    """What an entry asks of its name on the public index is explained."""
    done = check(tmp_path, f"[project.a]\nindexes = {indexes}\npublic-name = '{word}'\n")

    assert done.stdout.splitlines()[1].endswith(
        f"With name-check, a project of that name on the public index {told}."
    ), done.stderr


SHOUTED = "https://PKGS.acme.example/legacy/"
ORGANISATION = GRANTING.replace("https://pkgs.acme.example/legacy/", SHOUTED)
CHECKED = GRANTING.replace("[project.", '\n# read elsewhere\ncheck-url = "HTTPS://x.example/"\n\n[project.', 1)


@pytest.mark.parametrize(
    ("own", "organisation", "options", "told"),
    [
        ("", ORGANISATION, (), ["org.toml is not a valid policy:", "line 2: The URL"]),
        (GRANTING, "", ("--private-index-url", SHOUTED), ["--private-index-url cannot be used:", "The URL"]),
        (CHECKED, "", (), ["policy.toml is not a valid policy:", "line 7: The URL"]),
        (
            "",
            ORGANISATION,
            ("--private-index-url", SHOUTED),
            ["org.toml is not a valid policy:", "line 2: The URL", "--private-index-url cannot be used:", "The URL"],
        ),
    ],
    ids=["organisation", "option", "check-url", "two places"],
)
def test_a_problem_is_told_where_it_is_written(
    tmp_path: Path, own: str, organisation: str, options: tuple[str, ...], told: list[str]
) -> None:
    """Each problem of a URL is listed under its file, with the line of its key, or under its option."""
    (tmp_path / "org.toml").write_text(organisation)

    done = check(tmp_path, own, *(("--organisation", "org.toml") if organisation else ()), *options)

    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert [line.startswith(begin) for line, begin in zip(lines, told, strict=True)] == [True] * len(told), lines


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is no policy."""
    done = check(tmp_path, GRANTING, "--organisation", "nowhere.toml")

    assert (done.returncode, done.stderr.splitlines()[1]) == (2, "There is no such file.")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--visibility", "public"), "goes to the public index pypi (OK_PUBLIC)."),
        (("--visibility", "private"), "goes to the private index acme (OK_PRIVATE)."),
        (("--visibility", "unknown"), "goes to the private index acme (OK_PRIVATE)."),
        (("--visibility", "public", "--version", "1.0+acme"), "goes to the private index acme (OK_PRIVATE)."),
        (("--visibility", "public", "--declared-private"), "goes to the private index acme (OK_PRIVATE)."),
        (("--visibility", "private", "--index", "pypi"), "is refused (E_GRANT_ENVIRONMENT)."),
        (
            ("--visibility", "private", "--index", "pypi", "--environment", "pypi"),
            "goes to the public index pypi (OK_PUBLIC_BY_GRANT).",
        ),
        (
            ("--visibility", "internal", "--index", "pypi", "--environment", "pypi", "--sdist"),
            "is refused (E_GRANT_NO_SDIST).",
        ),
        (("--visibility", "unknown", "--index", "pypi"), "is refused (E_VISIBILITY_UNKNOWN)."),
        (("--visibility", "public", "--index", "private"), "is refused (E_INDEX_UNKNOWN)."),
        (
            ("--visibility", "public", "--index", "private", "--private-index-url", "https://own.example/legacy/"),
            "is refused (E_TARGET_NOT_ALLOWED).",
        ),
        (("--visibility", "public", "--publish-audience", "private-only"), "goes to the private index acme"),
        (("--visibility", "public", "--publish-audience", "private_only"), "is refused (E_ORGANISATION_AUDIENCE)."),
    ],
)
def test_release_is_tried_out(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    """The decision itself shows where a made-up release would go; a refusal is not an error of the policy."""
    done = check(tmp_path, GRANTING, "--project", "Acme_CLI", *options)

    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("acme-cli 1.0")
    assert told in last


def test_every_visibility_is_tried_out(tmp_path: Path) -> None:
    """Without `--visibility` each is tried in turn."""
    done = check(tmp_path, GRANTING, "--project", "elsewhere")

    assert [line.split(" from a repository ")[1].split(" (")[0] for line in done.stdout.splitlines()[-4:]] == [
        "that is public goes to the public index pypi",
        "that is internal is refused",
        "that is private is refused",
        "whose visibility is unknown is refused",
    ]


def test_narrowing_policy_is_tried_under_the_organisations(tmp_path: Path) -> None:
    """With `--organisation`, FILE is the repository's own policy."""
    (tmp_path / "organisation.toml").write_text(GRANTING)

    options = ("--organisation", "organisation.toml", "--project", "acme-cli", "--visibility", "public")
    done = check(tmp_path, '[project.acme-cli]\nindexes = ["acme"]', *options)

    assert done.returncode == 0, done.stderr
    assert "By the repository's own policy: acme-cli may go to acme." in done.stdout
    assert "goes to the private index acme (OK_PRIVATE)." in done.stdout


@pytest.mark.parametrize("options", [("--project", "-"), ("--project", "a", "--version", "latest")])
def test_release_that_cannot_be_is_told(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A name or version that is none ends with exit status 2."""
    done = check(tmp_path, GRANTING, *options)

    assert done.returncode == 2
    assert "This is not a project name or version" in done.stderr


# Only the parser sees problems between two places of a policy, or in its text.
_PARSER_ALONE = (
    "there is no index",
    "has an entry already",
    "as close for",
    "is none of",
    "not TOML",
    "longer than",
    "this must be a day",
)
GOOD = [WHOLE, GRANTING, ALLOWING, "", 'unlisted-projects = "allow"', WHOLE.replace("2027-01-31", '"2027-01-31"')]
BAD = [text for text, problem in WRONG if not any(word in problem for word in _PARSER_ALONE)]


def test_schema_and_parser_agree(tmp_path: Path) -> None:
    """A real validator passes every good policy by the schema, and refuses every one that is wrong in its form."""
    (tmp_path / "schema.json").write_text(render_schema())
    texts = {
        f"{kind}-{number}.toml": text
        for kind, each in (("good", GOOD), ("bad", BAD))
        for number, text in enumerate(each)
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)

    validator = [str(Path(sys.executable).with_name("check-jsonschema")), "--schemafile", "schema.json", "-o", "json"]
    done = subprocess.run([*validator, *texts], cwd=tmp_path, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)

    wrong = {error["filename"] for error in report["errors"]}
    assert report["parse_errors"] == []
    assert wrong == {name for name in texts if name.startswith("bad")}
    assert len(BAD) > 50
    assert all(not hasattr(parse_policy(text, source="x"), "problems") for text in GOOD)
