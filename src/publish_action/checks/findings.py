"""Bound findings, and state the rule that each rests on; `models.finding` makes them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from publish_action.models.finding import Finding, Rule

MOST_ALIKE = 20
"""Findings of one rule about one file that are reported one by one; nobody reads more."""

MOST_ALLOWABLE = 100
"""Leaks of one file that are findings of their own, each of which a policy can allow; one more counts the rest."""


def state_with_rule(finding: Finding) -> str:
    """Return the message with the owner of its rule, so that nobody takes our advice for an index's refusal."""
    return f"{finding.message} [{_OWNERS[finding.rule]}]"


_OWNERS: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.CERTAINTY: "rule of publish-action: certainty",
        Rule.STANDARD: "rule of a packaging standard",
        Rule.PYPI: "rule of PyPI",
        Rule.LEAK: "rule of publish-action: confidentiality",
        Rule.ADVICE: "advice of publish-action",
    }
)


def bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the first `MOST_ALIKE` findings of one rule about one file, and one that counts the others."""
    more, last = 0, None
    for count, finding in enumerate(findings, 1):
        if count <= MOST_ALIKE:
            yield finding
        else:
            more, last = more + 1, finding
    if last is not None:
        yield replace(last, message=f"There are {more} more of this kind; the last one: {last.message}")
