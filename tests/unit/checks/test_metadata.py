"""Core metadata: what packaging and PyPI find wrong in them, each with its place and its kind."""

import sys
from dataclasses import replace
from email.utils import getaddresses

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata
from packaging.utils import canonicalize_name

from publish_action.checks.findings import MOST_ALIKE
from publish_action.checks.metadata import METADATA_RULES, judge_addresses, judge_fields
from publish_action.checks.standard_library import STANDARD_MODULES
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import HEAD, made_metadata, made_sdist, made_wheel

NEW, OLD = HEAD.replace("2.4", "2.5"), HEAD.replace("2.4", "2.1")
NEWER = HEAD.replace("2.4", "2.99")


def judge(contents: Contents) -> list[Finding]:
    return [finding for rule in METADATA_RULES for finding in rule(contents)]


# The lines below name and version, the code, the kind, and what the message must say.
REFUSED = {
    "requirement": ("Requires-Dist: foo bar", "E_METADATA", Rule.STANDARD, "'foo bar' is invalid for 'requires-dist'"),
    "why it is none": ("Requires-Dist: foo bar", "E_METADATA", Rule.STANDARD, "(Expected"),
    "deep marker": (f"Requires-Dist: a; {'(' * 5000}", "E_METADATA", Rule.STANDARD, "it cannot be read (Recursion"),
    "Python": ("Requires-Python: three", "E_METADATA", Rule.STANDARD, "'three' is invalid for 'requires-python'"),
    "extra": ("Provides-Extra: -x", "E_METADATA", Rule.STANDARD, "'-x' is invalid for 'provides-extra'"),
    "dynamic name": ("Dynamic: Name", "E_METADATA", Rule.STANDARD, "'name' is not allowed as a dynamic field"),
    "dynamic itself": ("Dynamic: Dynamic", "E_METADATA", Rule.PYPI, "lists itself"),
    "expression": ("License-Expression: Mine", "E_METADATA", Rule.STANDARD, "'Mine' is invalid"),
    "unknown licence": ("License-Expression: Mine", "E_METADATA", Rule.STANDARD, "(Unknown license: 'mine')"),
    "both licences": ("License: MIT\nLicense-Expression: MIT", "E_METADATA", Rule.PYPI, "as well as a License-Expr"),
    "licence file": ("License-File: ../LICENSE", "E_METADATA", Rule.STANDARD, "parent directory"),
    "folded summary": (
        "Summary: a\n b",
        "E_METADATA",
        Rule.STANDARD,
        "'summary' must be a single line",
    ),
    "summary": ("Summary: " + "x" * 513, "E_METADATA", Rule.PYPI, "Summary has 513 characters; PyPI accepts 512"),
    "content type": ("Description-Content-Type: text/foo", "E_DESCRIPTION", Rule.STANDARD, "not 'text/foo'"),
    "variant": ("Description-Content-Type: text/markdown; variant=X", "E_DESCRIPTION", Rule.STANDARD, "not 'X'"),
    "endless content type": (
        f"Description-Content-Type: text/markdown{';' * 100_000}",
        "E_DESCRIPTION",
        Rule.STANDARD,
        "100013 characters",
    ),
    "no @": ("Author-email: nope", "E_METADATA", Rule.PYPI, "Author-Email is 'nope', and PyPI refuses it: it has no @"),
    "maintainer": (
        "Maintainer-email: M <m@localhost>",
        "E_METADATA",
        Rule.PYPI,
        "Maintainer-Email is 'M <m",
    ),
    "provides": ("Provides-Dist: foo bar", "E_METADATA", Rule.PYPI, "'foo bar' is not a valid requirement"),
    "obsoletes a URL": ("Obsoletes-Dist: a @ https://x.example/a.zip", "E_METADATA", Rule.PYPI, "is a URL reference"),
    "provides a deep one": (f"Provides-Dist: a; {'(' * 5000}", "E_METADATA", Rule.PYPI, "is not a valid requirement"),
}

TAKEN = {
    "nothing": "",
    "a summary of 512": "Summary: " + "x" * 512,
    "several authors": "Author-email: A <a@x.example>, B <b>",
    "a name and an address": 'Author-email: "Doe, J." <j.doe+x@mail.acme.org>',
    "letters of the world": "Author-email: Jörg <jörg@bücher.example>",
    "distutils' word for nothing": "Home-Page: UNKNOWN\nAuthor-email: UNKNOWN\nLicense: UNKNOWN",
    "an unknown licence beside an expression": "License: UNKNOWN\nLicense-Expression: MIT",
    "a licence classifier beside an expression": "License-Expression: MIT\nClassifier: License :: OSI Approved :: X",
    "a list of licences": "License-Expression: MIT AND (Apache-2.0 OR BSD-2-Clause)\nLicense-File: LICENSES/MIT.txt",
    "what is required": "Requires-Dist: a[b]>=1,<2; python_version < '3.11' and extra == 'x'\nProvides-Extra: x",
    "what stands outside": "Requires-External: libpng (>=1.5)\nPlatform: linux\nRequires: a\nObsoletes: b",
    "dynamic": "Dynamic: Requires-Dist\nDynamic: classifier",
    "older names": "Provides-Dist: a\nObsoletes-Dist: b<2",
    "Markdown": "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM",
    "keywords": "Keywords: a,b c,,d",
}


@pytest.mark.parametrize(("fields", "code", "kind", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_an_index_would_refuse_is_an_error(fields: str, code: str, kind: Rule, says: str) -> None:
    """A value that breaks the specification, or PyPI's own rule, is one error with the file, the rule and a remedy."""
    (finding,) = judge(made_wheel(fields + "\n", head=NEW))

    assert (finding.severity, finding.code, finding.rule) == (Severity.ERROR, code, kind)
    assert says in finding.message
    assert finding.file == "acme-1.0-py3-none-any.whl"
    assert finding.member == "acme-1.0.dist-info/METADATA"
    assert "in `[project]` of pyproject.toml" in finding.remedy or "build backend takes it from" in finding.remedy


@pytest.mark.parametrize("fields", TAKEN.values(), ids=TAKEN.keys())
def test_what_an_index_takes_is_no_finding(fields: str) -> None:
    """Values that packaging calls valid and PyPI takes raise nothing, in a wheel and in an sdist."""
    assert judge(made_wheel(fields + "\n", head=NEW)) == []
    assert judge(made_sdist(fields + "\n", head=NEW)) == []


def test_a_field_of_newer_metadata_tells_what_to_raise() -> None:
    """A field that the Metadata-Version does not have yet is refused once, with the version that has it."""
    (finding,) = judge(made_wheel("Import-Name: a\nImport-Name: b\n"))

    assert "import-name introduced in metadata version 2.5, not 2.4" in finding.message
    assert "Raise `core-metadata-version` in" in finding.remedy
    assert "to 2.5" in finding.remedy


def test_import_names_are_judged() -> None:
    """PEP 794: each import name is a dotted name of identifiers that are no keywords; `; private` may follow."""
    found = judge(made_wheel("Import-Name: a.b ; private\nImport-Name: a.class\nImport-Namespace: 1\n", head=NEW))

    assert [finding.message.partition(" is not valid")[0] for finding in found] == ["Import-Name", "Import-Namespace"]
    assert "'class' is a keyword" in found[0].message


def test_license_files_of_old_metadata_are_no_finding() -> None:
    """One wheel of seven on PyPI has License-File under a Metadata-Version before 2.4; twine does not send it."""
    assert judge(made_wheel("License-File: ../LICENSE\n", head=OLD)) == []


def test_every_problem_is_told() -> None:
    """All wrong fields are told, and in a field every wrong value."""
    found = judge(made_wheel("Requires-Dist: a b\nRequires-Dist: fine\nRequires-Dist: c d\nRequires-Python: x\n"))

    assert len(found) == 3
    assert {message.split("'")[1] for message in (finding.message for finding in found)} == {"a b", "c d", "x"}


def test_endless_problems_are_counted() -> None:
    """Beyond the first, findings that are alike are one that counts them."""
    fields = "".join(f"Requires-Dist: a b{number}\n" for number in range(1000))
    found = judge(made_wheel(fields))

    assert len(found) == MOST_ALIKE + 1
    assert f"There are {1000 - MOST_ALIKE} more of this kind" in found[-1].message
    assert "'a b999'" in found[-1].message


def test_of_very_many_values_a_wrong_one_is_found_wherever_it_stands() -> None:
    """Not every value is judged by itself; a wrong one among the last is found all the same."""
    fields = "".join(f"Requires-Dist: a{number}\n" for number in range(5000)) + "Requires-Dist: b c\n"
    (finding,) = judge(made_wheel(fields))

    assert "'b c' is invalid for 'requires-dist'" in finding.message


def test_no_message_shows_a_password() -> None:
    """What is wrong with a value that holds a credential is told without it."""
    found = judge(
        made_wheel(
            "Requires-Dist: a @ https://u:tok3n@x.example/a b\nProvides-Dist: b @ https://u:tok3n@x.example/b\n"
            "Author-email: https://u:tok3n@x.example\nRequires-Python: https://u:tok3n@x.example\n"
        )
    )

    assert len(found) >= 3
    assert not any("tok3n" in finding.message + finding.remedy for finding in found)


def test_newer_metadata_are_left_to_the_index() -> None:
    """PyPI refuses a newer minor version; what breaks the rules that we know in it is a warning."""
    found = judge(made_wheel("Altitude: 3\nRequires-Dist: a b\n", head=NEWER))

    assert [(each.code, each.severity, each.rule) for each in found] == [
        ("E_METADATA_VERSION", Severity.ERROR, Rule.PYPI),
        ("W_METADATA_VERSION", Severity.WARNING, Rule.ADVICE),
    ]
    assert "Metadata-Version 2.99 is newer than 2.5" in found[0].message
    assert "does not know it. Its fields 'altitude' are not sent" in found[0].message
    assert "Set `core-metadata-version` in `[tool.hatch" in found[0].remedy
    assert "By the rules of older metadata versions, Requires-Dist is not valid: 'a b'" in found[1].message


def test_many_new_fields_are_not_all_named() -> None:
    """The message stays short, however many fields a newer version has."""
    (finding,) = judge(made_wheel("".join(f"New-{number:03}: x\n" for number in range(900)), head=NEWER))

    assert "'new-004' and more are not sent" in finding.message


def test_what_pypi_adds_is_said_of_newer_metadata_too() -> None:
    """PyPI's own rules do not depend on the version."""
    found = judge(made_wheel("Summary: " + "x" * 513 + "\n", head=NEWER))

    assert [finding.code for finding in found] == ["E_METADATA_VERSION", "E_METADATA"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_the_versions_that_pypi_takes_are_no_finding(version: str) -> None:
    """Warehouse's list of versions, each without a warning."""
    assert judge(made_wheel(head=HEAD.replace("2.4", version))) == []


@pytest.mark.parametrize(
    ("content_type", "is_taken"),
    [
        ("text/markdown; charset=UTF-8", True),
        ("text/markdown; CHARSET=UTF-8; variant=GFM", True),
        ('text/x-rst; charset="UTF-8"', True),
        ("text/markdown; charset=utf-8", False),
        ("text/plain; Charset=Utf-8", False),
        ('text/x-rst; charset="utf-8"', False),
    ],
)
def test_charset_is_written_as_pypi_wants_it(content_type: str, is_taken: bool) -> None:
    """Issue 10, B5: packaging 26.2, which PyPI pins, refuses other letters than `UTF-8`; ours takes them."""
    found = judge(made_wheel(f"Description-Content-Type: {content_type}\n"))

    assert [(each.code, each.rule) for each in found] == ([] if is_taken else [("E_DESCRIPTION", Rule.PYPI)])


@pytest.mark.parametrize(
    ("name", "warned"),
    [
        *((name, True) for name in ("asyncio", "json", "test", "Xml_Dom".partition("_")[0], "distutils", "TomlLib")),
        *((name, False) for name in ("acme", "json-utils", "asyncio-extras", "tests")),
    ],
)
def test_name_of_the_standard_library_is_warned_of(name: str, warned: bool) -> None:
    """Issue 10, B5: PyPI takes no new project of such a name, and has some old ones."""
    found = [*METADATA_RULES[1](replace(made_wheel(), metadata=made_metadata(HEAD.replace("acme", name))))]

    assert [(each.code, each.severity, each.rule) for each in found] == (
        [("W_NAME_STDLIB", Severity.WARNING, Rule.PYPI)] if warned else []
    )


def test_every_module_of_the_library_is_known() -> None:
    """The list is written down; a newer interpreter's modules are in it too."""
    public = {canonicalize_name(name) for name in sys.stdlib_module_names if not name.startswith("_")}

    assert public <= STANDARD_MODULES


ADDRESSES = st.one_of(
    st.builds(
        "{}@{}".format,
        st.text("abcXYZ019.!#$%&'*+/=?^_`{|}~-\" (),:;<>@[]\\", max_size=12),
        st.one_of(
            st.text("abcXYZ019.-_", max_size=12),
            st.builds(
                "{}.{}".format, st.text("ab1-", max_size=4), st.sampled_from(["org", "test", "local", "x1", "co"])
            ),
            st.sampled_from(
                ["[127.0.0.1]", "example.org", "sub.example.co.uk", "onion", "x.arpa", "localhost", "a.b."]
            ),
        ),
    ),
    st.builds("{} <{}@{}>".format, st.text(max_size=8), st.text("abc.", min_size=1), st.sampled_from(["x.org", "x"])),
    st.text(max_size=20),
    st.emails(),
)


def is_taken_by_pypi(value: str) -> bool:
    """Ask as Warehouse asks: email-validator, of the one address of the field."""
    found = getaddresses([value])
    if len(found) != 1 or not found[0][1]:
        return True
    try:
        email_validator.validate_email(found[0][1], check_deliverability=False)
    except email_validator.EmailNotValidError:
        return False
    return True


@given(value=ADDRESSES.map(lambda text: "".join(text.split("\n"))).filter(str.isprintable))
def test_no_address_is_refused_that_pypi_takes(value: str) -> None:
    """Whatever email-validator takes, we take."""
    contents = parse_metadata(f"{HEAD}Author-email: {value}\n".encode())
    refused = isinstance(contents, CoreMetadata) and list(judge_addresses(made_wheel(f"Author-email: {value}\n")))

    assert not refused or not is_taken_by_pypi(value.strip())


NAMES = st.sampled_from(
    [
        "Summary", "Keywords", "Author-email", "Maintainer-email", "License", "License-Expression", "License-File",
        "Classifier", "Requires-Dist", "Requires-Python", "Requires-External", "Project-URL", "Home-page",
        "Download-URL", "Provides-Extra", "Provides-Dist", "Obsoletes-Dist", "Requires", "Dynamic", "Import-Name",
        "Import-Namespace", "Description-Content-Type", "Platform",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    st.sampled_from(
        [
            "a>=1",
            "a @ https://u:p@x.example",
            "MIT",
            "name",
            "text/markdown",
            "a; extra == 'b'",
            ">=3.9",
            "a, b",
            "x<y@z>",
        ]
    ),
)
FIELDS = st.lists(st.builds("{}: {}\n".format, NAMES, VALUES), max_size=8).map("".join)


@given(fields=FIELDS, head=st.sampled_from([HEAD, OLD, NEW, NEWER]))
def test_no_rule_raises_and_what_packaging_calls_valid_breaks_no_standard(fields: str, head: str) -> None:
    """The rules are total, and agree with packaging on what the specification says."""
    found = parse_metadata((head + fields).encode())
    if isinstance(found, CoreMetadata):
        findings = judge(made_wheel(fields, head=head))
        standard = {
            finding.code for finding in findings if finding.rule is Rule.STANDARD and finding.severity is Severity.ERROR
        }

        assert bool(standard) == (head != NEWER and not is_valid(found))


def is_valid(metadata: CoreMetadata) -> bool:
    try:
        Metadata.from_raw(metadata.raw)
    except (ExceptionGroup, ValueError, IndexError, RecursionError):
        return False
    return True


def test_a_good_file_costs_one_validation() -> None:
    """A file with nothing wrong has no finding of packaging's, however many fields there are."""
    assert list(judge_fields(made_wheel("".join(f"Requires-Dist: a{n}>=1\n" for n in range(500))))) == []
