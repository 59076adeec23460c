"""Classifiers: PyPI's list, what is near in it, and what replaced the deprecated ones."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trove_classifiers import classifiers, deprecated_classifiers

from publish_action.checks.classifiers import CLASSIFIER_RULES, LIST_DATE
from publish_action.checks.findings import MOST_ALIKE
from publish_action.distributions.contents import Contents
from publish_action.distributions.metadata import CoreMetadata, parse_metadata
from publish_action.models.finding import Finding, Rule, Severity
from support.contents import made_wheel

ROOT = Path(__file__).resolve().parents[3]


def judge(contents: Contents) -> list[Finding]:
    return [finding for rule in CLASSIFIER_RULES for finding in rule(contents)]


def with_classifiers(*names: str) -> Contents:
    return made_wheel("".join(f"Classifier: {name}\n" for name in names))


# What is written, and the nearest in the list; empty = nothing is near.
UNKNOWN = {
    "letter case": ("Programming language :: Python :: 3", "Programming Language :: Python :: 3"),
    "a space less": ("Programming Language:: Python :: 3", "Programming Language :: Python :: 3"),
    "misspelt": ("License :: OSI Approved :: MIT Licence", "License :: OSI Approved :: MIT License"),
    "a comma behind": ("Typing :: Typed,", "Typing :: Typed"),
    "rubbish": ("zzz", ""),
    "Cyrillic private": ("Pr\u0456vate :: X", ""),
    "very long": ("Programming Language :: " * 5000, ""),
}


@pytest.mark.parametrize(("name", "near"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_classifier_is_told_with_the_nearest(name: str, near: str) -> None:
    """A classifier in any spelling but the list's is refused by PyPI; the message tells the nearest and the date."""
    (finding,) = judge(with_classifiers(name))

    assert (finding.code, finding.rule, finding.severity) == ("E_CLASSIFIER_UNKNOWN", Rule.PYPI, Severity.ERROR)
    assert f"the list of {LIST_DATE}" in finding.message
    assert (f" The closest match is `{near}`." in finding.message) == bool(near)
    assert "Correct `classifiers` in `[project]` of pyproject.toml." in finding.remedy
    assert len(finding.message) < 700


@pytest.mark.parametrize("name", deprecated_classifiers)
def test_a_deprecated_classifier_is_told_with_what_replaced_it(name: str) -> None:
    """Each deprecated classifier is refused by PyPI; the remedy names every one that replaced it, or that none did."""
    (finding,) = judge(with_classifiers(name, name))

    assert (finding.code, finding.rule) == ("E_CLASSIFIER_DEPRECATED", Rule.PYPI)
    assert all(f"`{other}`" in finding.remedy for other in deprecated_classifiers[name])
    assert ("nothing replaces it" in finding.remedy) == (not deprecated_classifiers[name])


def test_every_classifier_of_the_list_is_taken() -> None:
    """What PyPI takes is no finding."""
    assert judge(with_classifiers(*classifiers)) == []


@pytest.mark.parametrize("name", ["Private :: Do Not Upload", "private::x", "Private", "\u201cPrivate :: X\u201d"])
def test_private_markers_are_not_judged_here(name: str) -> None:
    """The decision judges private markers; to be in no list is what they are for."""
    assert judge(with_classifiers(name, "Typing :: Typed")) == []


def test_many_unknown_classifiers_are_counted() -> None:
    """Each unknown one is told once; beyond the first they are counted, and few are compared."""
    found = judge(with_classifiers(*(f"Typing :: Typed{number}" for number in range(3000)), "Typing :: Typed0"))

    assert len(found) == MOST_ALIKE + 1
    assert sum("The closest match" in finding.message for finding in found) == 10
    assert f"{3000 - MOST_ALIKE} more" in found[-1].message


def test_the_date_is_that_of_the_list() -> None:
    """The date in messages is that of the lowest list we run with, and the image and this machine have no older one."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (lowest,) = [each.partition(">=")[2].strip() for each in wanted if each.startswith("trove-classifiers")]
    year, month, day = lowest.split(".")[:3]

    assert f"{year}-{int(month):02}-{int(day):02}" == LIST_DATE
    assert f"\ntrove-classifiers=={lowest} " in (ROOT / "requirements" / "image.txt").read_text()
    assert version("trove-classifiers") == lowest


@given(names=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60), max_size=5))
def test_any_classifiers_can_be_judged(names: list[str]) -> None:
    """The rules are total."""
    fields = "".join(f"Classifier: {name}\n" for name in names)
    if isinstance(parse_metadata(f"Metadata-Version: 2.4\nName: acme\nVersion: 1.0\n{fields}".encode()), CoreMetadata):
        assert all(finding.message and finding.remedy for finding in judge(made_wheel(fields)))
