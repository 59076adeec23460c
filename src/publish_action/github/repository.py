"""What GitHub's JSON form of a repository says of its visibility."""

from collections.abc import Mapping

from publish_action.models.visibility import Answer, Answered, Malformed, NoAnswer, Visibility


def parse_visibility(repository: Mapping[str, object]) -> Answer:
    """Read `visibility` and `private`, of an event payload and a REST answer alike.

    An old GitHub Enterprise Server lacks `visibility`: then `private: true` is an answer, and `private: false`
    is none, because only GitHub's word `public` opens a public index.
    """
    visibility, private = repository.get("visibility"), repository.get("private")
    if private is not None and not isinstance(private, bool):
        return Malformed(reason="`private` is not a boolean.")
    if visibility is None:
        return _answer_without_visibility(private)
    known = parse_word(visibility)
    if known is None:
        return Malformed(reason="`visibility` is none of public, internal, private.")
    if private is not None and private is (known is Visibility.PUBLIC):
        return Malformed(reason=f"`visibility` is {known} and `private` is {str(private).lower()}.")
    return Answered(visibility=known)


def parse_word(word: object) -> Visibility | None:
    """Read one of GitHub's three words, exactly as GitHub spells it; None for anything else."""
    return next((known for known in Visibility if isinstance(word, str) and word == known.value), None)


def _answer_without_visibility(private: bool | None) -> Answer:
    if private:
        return Answered(visibility=Visibility.PRIVATE)
    return NoAnswer(reason="It has no `visibility`.")
