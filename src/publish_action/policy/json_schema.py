"""The JSON Schema of a publish policy, for editors: made from the table that the parser reads by."""

import json
from collections.abc import Mapping, Sequence

from publish_action.policy.keys import (
    ALLOW_KEYS,
    DAY,
    GRANT_SWITCH,
    INDEX_KEYS,
    INDEX_NAME,
    PROJECT_KEYS,
    PROJECT_NAME,
    RESERVED,
    TOP_KEYS,
    Form,
    PolicyKey,
)

_Json = str | bool | Sequence["_Json"] | Mapping[str, "_Json"]

_TEXT: Mapping[str, _Json] = {"type": "string", "pattern": r"\S"}


def render_schema() -> str:
    """Return the schema as text. It knows forms and words; what needs two places of a policy only the parser knows."""
    schema: Mapping[str, _Json] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "publish-action: publish policy",
        "description": "Which indexes there are, where each project may go, and which members may be published.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key.name: _render_key(key) for key in TOP_KEYS},
            "index": {
                "type": "object",
                "description": "The indexes, by name.",
                "propertyNames": {"pattern": f"^{INDEX_NAME}$", "not": {"enum": RESERVED}},
                "additionalProperties": _render_table(INDEX_KEYS),
            },
            "project": {
                "type": "object",
                "description": "The projects, by name; `*` in a name stands for any letters.",
                "propertyNames": {"pattern": f"^(?:{PROJECT_NAME})$"},
                "additionalProperties": _render_project(),
            },
            "allow": {
                "type": "array",
                "description": "Members that may be published though a rule of confidentiality refuses them.",
                "items": _render_table(ALLOW_KEYS),
            },
        },
    }
    return json.dumps(schema, indent=2) + "\n"


def _render_project() -> _Json:
    switched_on: _Json = {"required": [GRANT_SWITCH], "properties": {GRANT_SWITCH: {"const": True}}}
    unused: _Json = {key.name: False for key in PROJECT_KEYS if key.is_of_grant}
    return {
        **_render_table(PROJECT_KEYS),
        "if": switched_on,
        "then": {"required": ["environment"]},
        "else": {"properties": unused},
    }


def _render_table(keys: tuple[PolicyKey, ...]) -> Mapping[str, _Json]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.is_required],
        "properties": {key.name: _render_key(key) for key in keys},
    }


def _render_key(key: PolicyKey) -> _Json:
    return {"description": key.meaning, **_render_form(key)}


def _render_form(key: PolicyKey) -> Mapping[str, _Json]:
    forms: Mapping[Form, Mapping[str, _Json]] = {
        Form.TEXT: _TEXT,
        # A word that is empty is what no word means.
        Form.WORD: {"enum": [word for word in key.words if word], **({"default": key.default} if key.default else {})},
        Form.BOOLEAN: {"type": "boolean", "default": False},
        Form.DAY: {"type": "string", "pattern": f"^{DAY}$", "format": "date"},
        Form.PROJECT: {"type": "string", "pattern": f"^(?:{PROJECT_NAME})$"},
        Form.NAMES: {"type": "array", "items": {"type": "string"}},
        Form.TEXTS: {"type": "object", "additionalProperties": {"type": "string"}},
    }
    return forms[key.form]
