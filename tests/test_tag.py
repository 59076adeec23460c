"""Tags and versions: when they speak of the same release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.model import Severity
from publish_action.tag import NoVersionInTag, TagCheck, TagComparison, TagMatch, TagMismatch, compare_tag, judge_tag


def compare(tag: str, *, version: str = "1.2", project: str = "acme-utils") -> TagComparison:
    return compare_tag(ref_type="tag", ref_name=tag, project=project, version=version)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2", "1.2"),
        ("v1.2", "1.2"),
        ("V1.2.0", "1.2"),
        ("1.2", "1.2.0"),
        ("acme-utils-1.2", "1.2"),
        ("acme_utils-v1.2", "1.2"),
        ("Acme.Utils/1.2", "1.2"),
        ("acme-utils/v1.2", "1.2"),
        ("acme-utils@1.2", "1.2"),
        ("acme-utils==1.2", "1.2"),
        ("acme_utils_1.2", "1.2"),
        ("release-1.2", "1.2"),
        ("release/v1.2", "1.2"),
        ("version-1.2", "1.2"),
        ("rel_1.2", "1.2"),
        ("v1!2.0", "1!2.0"),
        ("v1.2-rc.1", "1.2rc1"),
        ("1.2a1", "1.2.alpha1"),
        ("v1.2-1", "1.2.post1"),
        ("v1.2.post1", "1.2-post1"),
        ("1.2.dev3", "1.2dev3"),
        ("v1.2+Acme_1", "1.2+acme.1"),
    ],
)
def test_tag_holds_the_version(tag: str, version: str) -> None:
    """Prefixes, spellings, epochs and suffixes are read as PEP 440 and PEP 503 have them."""
    assert compare(tag, version=version) == TagMatch()


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("v1.3", "1.3"),
        ("acme-utils-1.2rc1", "1.2rc1"),
        ("acme.utils==1.2.1", "1.2.1"),
        ("v1!1.2", "1!1.2"),
        ("v1.2+acme", "1.2+acme"),
        ("release-2", "2"),
    ],
)
def test_tag_holds_another_version(tag: str, found: str) -> None:
    """A version that is not equal is told, normalised."""
    assert compare(tag) == TagMismatch(found=found)


@pytest.mark.parametrize(
    "tag", ["nightly", "", "-", "acme-utils", "other-2.0", "acme-2.0", "v", "x" * 300, f"1.2{'.0' * 200}"]
)
def test_tag_holds_no_version_of_the_project(tag: str) -> None:
    """Words, other projects' tags and endless tags say nothing of this release."""
    assert compare(tag) == NoVersionInTag()


def test_project_may_end_in_a_number() -> None:
    """The version is what follows the whole name."""
    assert compare("acme-2-1.2", project="acme-2") == TagMatch()


def test_project_may_begin_with_a_neutral_word() -> None:
    """A name that starts like `release-1.2` is read to its end."""
    assert compare("release-acme-1.2", project="release-acme") == TagMatch()


def test_project_may_be_spelled_in_any_way() -> None:
    """Both names are normalised before they are compared (PEP 503)."""
    assert compare("acme-utils-1.2", project="Acme_Utils") == TagMatch()


def test_branch_holds_no_version() -> None:
    """Only tags name releases."""
    assert compare_tag(ref_type="branch", ref_name="v1.3", project="acme", version="1.2") == NoVersionInTag()


def test_version_that_is_no_version_matches_nothing() -> None:
    """A tag never vouches for what PEP 440 does not know."""
    assert compare("1.2", version="one") == TagMismatch(found="1.2")


@given(tag=st.text(), version=st.text(), project=st.text())
def test_every_text_is_compared(tag: str, version: str, project: str) -> None:
    """No tag, version or name raises."""
    assert isinstance(compare(tag, version=version, project=project), TagMatch | TagMismatch | NoVersionInTag)


@pytest.mark.parametrize(
    ("mode", "ref_type", "ref_name", "message"),
    [
        (TagCheck.AUTO, "tag", "v1.2", None),
        (TagCheck.AUTO, "tag", "nightly", None),
        (TagCheck.AUTO, "branch", "main", None),
        (TagCheck.AUTO, "tag", "v1.3", "The tag 'v1.3' says version 1.3, the distributions say 1.2."),
        (TagCheck.TRUE, "tag", "v1.2", None),
        (TagCheck.TRUE, "tag", "v1.3", "The tag 'v1.3' says version 1.3, the distributions say 1.2."),
        (
            TagCheck.TRUE,
            "branch",
            "main",
            "`tag-check: true` wants a tag with version 1.2; this run is on the branch 'main'.",
        ),
        (
            TagCheck.TRUE,
            "tag",
            "nightly",
            "`tag-check: true` wants a tag with version 1.2; this run is on the tag 'nightly'.",
        ),
        (TagCheck.TRUE, "", "", "`tag-check: true` wants a tag with version 1.2; this run is on the ref ''."),
        (TagCheck.FALSE, "tag", "v1.3", None),
        (TagCheck.FALSE, "branch", "main", None),
    ],
)
def test_input_decides_what_a_tag_must_say(mode: TagCheck, ref_type: str, ref_name: str, message: str | None) -> None:
    """`auto` objects to another version, `true` also to none, `false` to nothing."""
    finding = judge_tag(mode, ref_type=ref_type, ref_name=ref_name, project="acme-utils", version="1.2")

    assert (finding.message if finding else None) == message


def test_mismatch_is_an_error_with_a_way_out() -> None:
    """A wrong tag stops the run, and the finding says how to go on."""
    finding = judge_tag(TagCheck.AUTO, ref_type="tag", ref_name="v2", project="acme", version="1.2")

    assert finding is not None
    assert (finding.severity, finding.code) == (Severity.ERROR, "E_TAG_MISMATCH")
    assert "`tag-check: false`" in finding.remedy
