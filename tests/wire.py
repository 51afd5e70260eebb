"""Holds what goes over the wire against the document that describes it; fields that it does not know are faults too."""

import copy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from server.asyncapi import document


def closed(schema: Any) -> Any:
    """The same schema, taking no property that it does not name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in made and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


@cache
def _closed_document() -> Any:
    return {**document(), "components": closed(copy.deepcopy(document()["components"]))}


@cache
def _validator(name: str) -> Draft202012Validator:
    whole = _closed_document()
    return Draft202012Validator(
        {"$ref": f"#/components/messages/{name}/payload", "components": whole["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def faults(message: dict[str, Any], answers: str | None = None) -> list[str]:
    """Why a message is not as described; `answers`: the type of the command that a reply belongs to."""
    name = message["type"]
    if name == "event":
        name = message["event"]
    elif name == "reply":
        name = f"{answers}.reply"
    if name not in document()["components"]["messages"]:
        return [f"{name} is not described: give it a line in games/messages/catalogue.py"]
    return [f"{name}: {error.json_path}: {error.message[:300]}" for error in _validator(name).iter_errors(message)]
