"""Core metadata: what is understood, what is refused, and every spelling of the private marker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import parse_email

from publish_action.distributions.metadata import (
    MAX_METADATA_BYTES,
    CoreMetadata,
    MetadataProblem,
    declares_private,
    knows_version,
    parse_metadata,
    shows_private_line,
)

GOOD = "Metadata-Version: 2.1\nName: Acme.Utils\nVersion: 1.0\n"
NEWER = GOOD.replace("2.1", "2.99")

SPELLINGS = {
    "as PyPI documents it": "Private :: Do Not Upload",
    "lower case": "private :: do not upload",
    "upper case": "PRIVATE :: DO NOT UPLOAD",
    "no spaces": "Private::X",
    "more spaces": "  Private   ::   Do Not Upload",
    "tab": "Private\t::\tX",
    "no-break space": "Private\u00a0::\u00a0X",
    "full-width colons": "Private \uff1a\uff1a X",
    "zero-width character": "Pri\u200bvate \u200b:: X",
    "quoted": '"Private :: X"',
    "typographic quotes": "\u201cPrivate :: X\u201d",
    "folded": "Private\n ::\n Do Not Upload",
    "bare": "Private",
    "another word behind": "Private :: Acme",
    "one colon": "Private : X",
    "proportion sign": "Private \u2237 X",
    "full-width letters": "\uff30\uff52\uff49\uff56\uff41\uff54\uff45 :: X",
}

OTHERS = {
    "Cyrillic letter": "Pr\u0456vate :: X",
    "RFC 2047 word": "=?utf-8?q?Private?= :: X",
    "a longer word": "Privately Held :: X",
    "not first": "Intended Audience :: Private",
    "empty": "",
    "an ordinary one": "Programming Language :: Python :: 3",
    "the words alone": "Private Do Not Upload",
}

# What each file has beyond GOOD, the code it is refused with, and what the message must name.
REFUSED = {
    "space before the colon": (GOOD + "Classifier : Private :: X\n", "E_METADATA_AMBIGUOUS", "malformed"),
    "junk above the classifier": (GOOD + "junk\nClassifier: Private :: X\n", "E_METADATA_AMBIGUOUS", "malformed"),
    "continuation first": (" x\n" + GOOD, "E_METADATA_AMBIGUOUS", "malformed"),
    "classifier behind a blank line": (GOOD + "\nClassifier: Private :: X\n", "E_METADATA_AMBIGUOUS", "description"),
    "the same, spelt otherwise": (GOOD + "\nhello\nCLASSIFIER : private\u00a0::X", "E_METADATA_AMBIGUOUS", "Private"),
    "byte order mark": ("\ufeff" + GOOD, "E_METADATA_UNREADABLE", "byte order mark"),
    "Classifiers": (GOOD + "Classifiers: Private :: X\n", "E_METADATA_UNREADABLE", "'classifiers'"),
    "X-Private": (GOOD + "X-Private: true\n", "E_METADATA_UNREADABLE", "'x-private'"),
    "two names": (GOOD + "Name: other\n", "E_METADATA_UNREADABLE", "'name'"),
    "description twice": (GOOD + "Description: a\n\nb", "E_METADATA_UNREADABLE", "'description'"),
    "no version": ("Metadata-Version: 2.1\nName: a\n", "E_METADATA_UNREADABLE", "lack Version"),
    "no name": ("Metadata-Version: 2.1\nVersion: 1\n", "E_METADATA_UNREADABLE", "lack Name"),
    "no metadata version": ("Name: a\nVersion: 1\n", "E_METADATA_UNREADABLE", "Metadata-Version"),
    "nothing": ("", "E_METADATA_UNREADABLE", "lack Metadata-Version and Name and Version"),
    "metadata of the future": (
        GOOD.replace("2.1", "9.1"),
        "E_METADATA_UNREADABLE",
        "'9.1' is newer than those that packaging",
    ),
    "newer and of three parts": (GOOD.replace("2.1", "2.7.1"), "E_METADATA_UNREADABLE", "'2.7.1' is newer"),
    "a digit that is none": (GOOD.replace("2.1", "2.\u0668"), "E_METADATA_UNREADABLE", r"'2.\u0668' is not one"),
    "metadata version without end": (
        GOOD.replace("2.1", "2." + "1" * 5000),
        "E_METADATA_UNREADABLE",
        "is not one that",
    ),
    "newer, and a field twice": (NEWER + "Name: other\n", "E_METADATA_UNREADABLE", "repeated: 'name'"),
    "newer, and project URLs of one label": (
        NEWER + "Project-URL: a, https://x.example\nProject-URL: a, https://y.example\n",
        "E_METADATA_UNREADABLE",
        "'project-url'",
    ),
    "newer, and Classifiers": (NEWER + "Classifiers: A\n", "E_METADATA_UNREADABLE", "'classifiers'"),
    "newer, and X-Private": (NEWER + "X-Private: true\n", "E_METADATA_UNREADABLE", "'x-private'"),
    "newer, and a private value": (NEWER + "Audience: Private :: X\n", "E_METADATA_UNREADABLE", "'audience'"),
    "metadata that never were": (
        GOOD.replace("2.1", "2.0"),
        "E_METADATA_UNREADABLE",
        "'2.0' is not one that packaging",
    ),
    "rubbish metadata version": (GOOD.replace("2.1", "two"), "E_METADATA_UNREADABLE", "'two' is not one"),
    "Cyrillic name": (GOOD.replace("Acme", "\u0430cme"), "E_NAME_INVALID", r"'\u0430cme.Utils'"),
    "typographic hyphen": (GOOD.replace("Acme.", "acme\u2010"), "E_NAME_INVALID", r"\u2010"),
    "name that starts with a dot": (GOOD.replace("Acme", ""), "E_NAME_INVALID", "'.Utils'"),
    "message in message": (
        "Content-Type: message/rfc822\n\n" * 5000,
        "E_METADATA_AMBIGUOUS",
        "Content-Type field declares the metadata to be a message",
    ),
    "parts": ("Content-Type: multipart/mixed; boundary=a\n" + GOOD, "E_METADATA_AMBIGUOUS", "to be a multipart"),
    "folded parts": ("Content-Type:\n  Multipart/mixed\n" + GOOD, "E_METADATA_AMBIGUOUS", "to be a multipart"),
    "endless fields": (GOOD + "A:\n" * 100_001, "E_METADATA_UNREADABLE", "more than 100000 header lines"),
    "version of no standard": (GOOD.replace("1.0", "one"), "E_METADATA", "'one'"),
    "version without end": (GOOD.replace("1.0", "1" * 5000), "E_METADATA", "'1111"),
}


def parse(text: str) -> CoreMetadata:
    found = parse_metadata(text.encode())
    assert isinstance(found, CoreMetadata)
    return found


def refuse(data: bytes) -> MetadataProblem:
    found = parse_metadata(data)
    assert isinstance(found, MetadataProblem)
    return found


def test_good_metadata_are_understood() -> None:
    """Name, version, classifiers, Requires-Python and Dynamic are what the file says, and the raw fields all there."""
    found = parse(
        GOOD.replace("2.1", "2.2")
        + "Classifier: A :: B\nClassifier: C\nRequires-Python: >=3.9\nDynamic: Summary\nSummary: Grüße\n\nText\n"
    )

    assert (found.name, found.project, found.version) == ("Acme.Utils", "acme-utils", "1.0")
    assert found.classifiers == ("A :: B", "C")
    assert (found.requires_python, found.dynamic) == (">=3.9", ("Summary",))
    assert found.raw["summary"] == "Grüße"
    assert found.raw["description"] == "Text\n"


@pytest.mark.parametrize("field", ["Import-Name", "Import-Namespace "])
def test_hatchlings_bare_line_has_its_own_remedy(field: str) -> None:
    """hatchling 1.33.0 writes `Import-Name` without a colon: building again with it would not help."""
    problem = refuse(f"{GOOD}{field}\nSummary: lost\n\nText\n".encode())

    assert problem.code == "E_METADATA_AMBIGUOUS"
    assert "import-names = []" in problem.remedy
    assert "Leave the key out" in problem.remedy


def test_other_broken_lines_keep_the_general_remedy() -> None:
    """The name in the description is none of hatchling's."""
    assert "import-names" not in refuse(f"{GOOD}junk\nSummary: lost\n\nImport-Name\n".encode()).remedy


def test_field_that_repeats_its_value_has_that_value() -> None:
    """The first and the last of two equal fields are the same; two that differ are refused."""
    found = parse(GOOD + "Summary: a: b\nRequires-Python: >=3.9\nSummary: a: b\n")

    assert (found.raw["summary"], found.requires_python) == ("a: b", ">=3.9")
    assert refuse((GOOD + "Summary: a\nSummary: b\n").encode()).code == "E_METADATA_UNREADABLE"
    assert refuse((GOOD + "Unknown: a\nUnknown: a\n").encode()).code == "E_METADATA_UNREADABLE"


def test_absent_fields_are_empty() -> None:
    """Metadata that say no more than they must have no classifiers, no Requires-Python and nothing dynamic."""
    found = parse(GOOD)

    assert (found.classifiers, found.requires_python, found.dynamic) == ((), "", ())


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_every_spelling_is_the_private_marker(spelling: str) -> None:
    """A classifier that PyPI's rule is meant to catch is caught, read from a file too."""
    found = parse(GOOD + f"Classifier: {spelling}\n")

    assert declares_private(spelling)
    assert any(map(declares_private, found.classifiers))


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_other_classifiers_are_not_the_marker(other: str) -> None:
    """Letters of another script, encoded words and other classifiers do not declare anything private."""
    assert not declares_private(other)


INVISIBLE = st.sampled_from(
    ["", " ", "\t", "\u00a0", "\u200b", "\u2060", "\ufeff", "\u00ad", "\n ", '"', "'", "`", "\0"]
)
COLONS = st.sampled_from(["::", ":", " :: ", "\uff1a\uff1a", "\ufe55:", ":::"])


@given(
    letters=st.tuples(*(st.sampled_from([letter, letter.upper()]) for letter in "private")),
    fillers=st.lists(INVISIBLE, min_size=8, max_size=8),
    colons=COLONS,
    rest=st.text(max_size=20),
)
def test_any_mixture_of_spellings_is_the_marker(
    letters: tuple[str, ...], fillers: list[str], colons: str, rest: str
) -> None:
    """Case, invisible characters, quotes and kinds of colon may be mixed at will."""
    word = fillers[0] + "".join(letter + filler for letter, filler in zip(letters, fillers[1:], strict=True))

    assert declares_private(word + colons + rest)
    assert declares_private(word)


@given(word=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1).filter(lambda word: word != "private"))
def test_no_other_first_word_is_the_marker(word: str) -> None:
    """A classifier whose first word is another one is never taken for the marker."""
    assert not declares_private(f"{word} :: Private :: Do Not Upload")


@pytest.mark.parametrize(("text", "code", "names"), REFUSED.values(), ids=REFUSED.keys())
def test_uncertain_metadata_are_refused(text: str, code: str, names: str) -> None:
    """Metadata that a reader may lose, misread or refuse are a problem that says what it is and what to do."""
    problem = refuse(text.encode())

    assert problem.code == code
    assert names in problem.message
    assert problem.remedy


def test_latin_1_is_refused() -> None:
    """Bytes that are not UTF-8 are refused, in a field and in the description."""
    assert refuse(GOOD.encode() + b"Author: Andr\xe9\n").code == "E_METADATA_UNREADABLE"
    assert f"not UTF-8 (byte {len(GOOD) + 5})" in refuse(GOOD.encode() + b"\nAndr\xe9").message


def test_endless_metadata_are_refused() -> None:
    """Metadata have a size limit; one byte more is refused."""
    most = GOOD.encode() + b"\n" + b"x" * (MAX_METADATA_BYTES - len(GOOD) - 1)

    assert isinstance(parse_metadata(most), CoreMetadata)
    assert "at most 8388608 are read" in refuse(most + b"x").message


@pytest.mark.parametrize(
    "line", ['classifiers = ["Private :: Do Not Upload"]', "    Classifier: Private :: X", "The Classifier: Private"]
)
def test_a_readme_may_show_the_marker(line: str) -> None:
    """A description that shows the classifier as an example raises no alarm."""
    found = parse(GOOD + f"\n# Acme\n\n{line}\n")

    assert not any(map(declares_private, found.classifiers))


def test_a_marker_line_in_the_description_of_a_private_project_is_no_ambiguity() -> None:
    """Where the fields say "private" already, the description cannot hide it."""
    found = parse(GOOD + "Classifier: Private :: X\n\nClassifier: Private :: X\n")

    assert found.classifiers == ("Private :: X",)


def test_license_files_under_old_metadata_are_dropped() -> None:
    """License-File before Metadata 2.4 is not sent, as twine does not; from 2.4 on it is."""
    old, new = parse(GOOD + "License-File: LICENSE\n"), parse(GOOD.replace("2.1", "2.4") + "License-File: LICENSE\n")

    assert "license_files" not in old.raw
    assert new.raw["license_files"] == ["LICENSE"]


@pytest.mark.parametrize("version", ["2.7", "2.10", "2.99"])
def test_a_newer_minor_version_is_read(version: str) -> None:
    """Metadata of a minor version that packaging does not know are read; its new fields are named and not lost."""
    found = parse(GOOD.replace("2.1", version) + "Licence-Hue: mauve\nAltitude: 3\nSummary: Text\n")

    assert not knows_version(version)
    assert found.raw["metadata_version"] == version
    assert (found.raw["summary"], found.unread) == ("Text", ("altitude", "licence-hue"))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_known_versions_leave_nothing_unread(version: str) -> None:
    """Every metadata version that PyPI takes is known to packaging, and in it an unknown field is refused."""
    text = GOOD.replace("2.1", version)

    assert knows_version(version)
    assert parse(text).unread == ()
    assert "'altitude'" in refuse((text + "Altitude: 3\n").encode()).message


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_marker_lines_are_seen_with_every_line_end(ends: str) -> None:
    """The raw search ends lines where the parser ends them."""
    assert shows_private_line(ends.join(["Name: a", "", "Classifier: Private :: X", ""]))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_metadata_or_a_problem(data: bytes) -> None:
    """The parser is total over bytes."""
    assert isinstance(parse_metadata(data), CoreMetadata | MetadataProblem)


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["Classifier", "Name", "Keywords", "Project-URL", "Content-Type", "Dynamic", "classifier ", "X"]
        ),
        st.sampled_from([":", ": ", " : ", "", "\r:", "\n "]),
        st.one_of(
            st.sampled_from(["Private :: X", "multipart/mixed; boundary=a", "=?utf-8?q?=ff?="]), st.text(max_size=9)
        ),
    ),
    max_size=5,
)


@given(headers=HEADERS, body=st.text(max_size=30))
def test_generated_fields_are_understood_or_a_problem(headers: list[tuple[str, str, str]], body: str) -> None:
    """The parser is total over texts that look like metadata, and never loses a private classifier's line."""
    text = GOOD + "".join(f"{name}{colon}{value}\n" for name, colon, value in headers) + "\n" + body
    found = parse_metadata(text.encode("utf-8", "surrogatepass"))

    assert isinstance(found, CoreMetadata | MetadataProblem)
    assert isinstance(found, MetadataProblem) or any(map(declares_private, found.classifiers)) >= shows_private_line(
        text
    )


@given(summary=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30))
def test_fields_are_read_as_twine_reads_them(summary: str) -> None:
    """What is sent is what packaging, and so twine, reads from the same bytes."""
    data = (GOOD + f"Summary: {summary}\n").encode()

    assert parse(data.decode()).raw == parse_email(data)[0]
