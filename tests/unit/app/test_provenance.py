"""Which indexes are asked for provenance without anybody demanding it."""

import pytest

from publish_action.app.provenance import serves_provenance
from publish_action.models.index import Audience, Index


@pytest.mark.parametrize(
    ("url", "audience", "has_trust_config", "is_asked"),
    [
        ("https://upload.pypi.org/legacy/", Audience.PUBLIC, False, True),
        ("https://test.pypi.org/legacy/", Audience.PUBLIC, False, True),
        ("https://pypi.example.org/legacy/", Audience.PUBLIC, True, False),
        ("http://127.0.0.1:8000/legacy/", Audience.PUBLIC, True, True),
        ("http://127.0.0.1:8000/legacy/", Audience.PUBLIC, False, False),
        ("http://127.0.0.1:8000/legacy/", Audience.PRIVATE, True, False),
    ],
)
def test_public_indexes_with_an_integrity_api_are_asked(
    url: str, audience: Audience, *, has_trust_config: bool, is_asked: bool
) -> None:
    """PyPI and TestPyPI are, and a rehearsal's index with its Sigstore; a private index never is."""
    index = Index(name="any", url=url, audience=audience)

    assert serves_provenance(index, has_trust_config=has_trust_config) == is_asked
