"""Secrets: no way to text shows them."""

import copy
import json
import pickle
import traceback
from dataclasses import dataclass

import pytest

from publish_action.secret import Secret

VALUE = "pypi-AgEIcHlwaS5vcmc-value"


@dataclass(frozen=True)
class Owner:
    token: Secret


@pytest.mark.parametrize(
    "text",
    [
        str(Secret(VALUE)),
        repr(Secret(VALUE)),
        f"{Secret(VALUE)}",
        f"{Secret(VALUE):>40}",
        f"{Secret(VALUE)!r}",
        "%s" % Secret(VALUE),  # noqa: UP031 -- this form is what is tested
        "{}".format(Secret(VALUE)),  # noqa: UP032 -- this form is what is tested
        repr(Owner(Secret(VALUE))),
        repr([Secret(VALUE)]),
        repr({Secret(VALUE): Secret(VALUE)}),
        json.dumps({"token": Secret(VALUE)}, default=str),
    ],
)
def test_text_forms_do_not_show_it(text: str) -> None:
    """Every way to turn a secret into text gives stars."""
    assert VALUE not in text
    assert "pypi" not in text


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_cannot_be_copied(duplicate: object) -> None:
    """Pickle and copy refuse: a copy would be a value nobody watches."""
    assert callable(duplicate)
    with pytest.raises(TypeError, match="cannot be copied"):
        duplicate(Secret(VALUE))


def test_traceback_with_locals_does_not_show_it() -> None:
    """A traceback that prints local variables prints stars."""
    token = Secret(VALUE)
    try:
        raise ValueError(token)
    except ValueError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert VALUE not in shown


def test_only_reveal_gives_it_out() -> None:
    """`reveal()` gives the value; equality and truth work without it."""
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert not Secret("")
