"""All rules about files at once, over whatever an archive may hold."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish_action.checks.entry_points import judge_entry_points
from publish_action.checks.filename import judge_file_size, judge_platform_tags, judge_sdist_name, judge_wheel_name
from publish_action.checks.licenses import judge_license_files
from publish_action.checks.members import (
    judge_cases,
    judge_doubles,
    judge_member_kinds,
    judge_member_paths,
    judge_windows_names,
)
from publish_action.checks.record import judge_record
from publish_action.checks.release import judge_build_numbers, judge_same_metadata
from publish_action.checks.sdist import judge_build_files, judge_build_system, judge_links
from publish_action.checks.wheel import (
    judge_data_folders,
    judge_purelib,
    judge_wheel_files,
    judge_wheel_folder,
    judge_wheel_tags,
    judge_wheel_version,
)
from publish_action.distributions.contents import Contents, Member, MemberKind
from publish_action.models.finding import Finding, Severity
from support.contents import DIGEST, HOSTILE_PATHS, INFO, TOP, file, is_well_worded, sdist, wheel

RULES: tuple[Callable[[Contents], Iterator[Finding]], ...] = (
    *(judge_sdist_name, judge_wheel_name, judge_platform_tags, judge_file_size),
    *(judge_member_paths, judge_member_kinds, judge_doubles, judge_cases, judge_windows_names, judge_links),
    *(judge_wheel_folder, judge_wheel_files, judge_wheel_version, judge_purelib, judge_wheel_tags, judge_data_folders),
    *(judge_record, judge_entry_points, judge_license_files, judge_build_files, judge_build_system),
)
MOST_FINDINGS = 40

PATHS = st.text(max_size=20) | st.sampled_from(HOSTILE_PATHS)
MEMBERS = st.lists(
    st.builds(
        Member,
        path=PATHS,
        kind=st.sampled_from(MemberKind),
        size=st.integers(0, 9),
        target=PATHS,
        digest=st.sampled_from(["", DIGEST]),
    ),
    max_size=12,
)
LINES = st.lists(
    st.sampled_from(["[a]", "a = b", "=", "Tag: a-b-c", "Tag:", '"', ",", "\r", "[console_scripts]", " x=.."])
)
TEXTS = st.dictionaries(
    st.sampled_from(["WHEEL", "RECORD", "entry_points.txt", "pyproject.toml"]),
    st.none() | st.binary() | LINES.map("\n".join),
)


def judge(contents: Contents) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(contents)]


def test_good_distributions_have_no_findings() -> None:
    """A good wheel and a good sdist pass every rule."""
    assert judge(wheel()) == []
    assert judge(sdist()) == []
    assert [*judge_same_metadata([wheel(), sdist()]), *judge_build_numbers([wheel(), sdist()])] == []


@given(members=MEMBERS, texts=TEXTS)
def test_no_contents_raise(members: list[Member], texts: dict[str, bytes | str | None]) -> None:
    """Whatever is in an archive, every rule says what it finds in sentences that a log can show."""
    for contents in (wheel(*members, texts=texts), sdist(*members, texts=texts)):
        findings = judge(contents)

        assert all(map(is_well_worded, findings))
        assert all(each.file == contents.file for each in findings)


@pytest.mark.parametrize("path", ["../{}", "a{}\n", "{}/..", "C:{}", "con/{}.", "{}"])
def test_many_members_are_few_findings(path: str) -> None:
    """Thousands of bad members are told in a handful of findings."""
    members = [file(path.format(number)) for number in range(3000)]
    links = [Member(path=f"{TOP}/{n}", kind=MemberKind.SYMBOLIC_LINK, size=0, target=f"../{n}") for n in range(3000)]

    for contents in (wheel(*members, *links, texts={"RECORD": "\n" * 3000}), sdist(*members, *members, *links)):
        assert 0 < len(judge(contents)) < MOST_FINDINGS


def test_deep_paths_are_judged_at_once() -> None:
    """A path of 100,000 folders costs no more than its letters, also where it is a link's."""
    deep = "a/" * 100_000
    member = Member(path=deep, kind=MemberKind.SYMBOLIC_LINK, size=0, target=deep)

    assert {each.code for each in judge(sdist(member)) if each.severity is Severity.ERROR} == {"E_ARCHIVE_UNSAFE"}
    assert "E_ARCHIVE_UNSAFE" in {each.code for each in judge(wheel(member, file(f"{INFO}/{deep}")))}
