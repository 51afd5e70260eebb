"""The OpenAPI document says of every route what it is for, what it takes and answers, by example, and its refusals."""

import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from litestar.exceptions import LitestarDeprecationWarning
from litestar.serialization import default_serializer

from server.app import create_app
from server.openapi_examples import RenderedWithExamples
from server.settings import load


def _document() -> dict[str, Any]:
    with warnings.catch_warnings():
        # The framework's own, of how a dependency is named; they are errors of no caller.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        app = create_app(load())
    assert app.openapi_config is not None
    (plugin,) = (one for one in app.openapi_config.render_plugins if isinstance(one, RenderedWithExamples))
    described = app.openapi_schema.to_schema()
    plugin.describe(app, described)
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described, enc_hook=default_serializer))
    return document


DOCUMENT = _document()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
every_route = pytest.mark.parametrize("route", OPERATIONS)


def parts(route: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body and the answers of a route, each with what it is and its media type's description."""
    operation = OPERATIONS[route]
    described = {"body": operation.get("requestBody") or {}, **operation["responses"]}
    for name, one in described.items():
        for media, content in (one.get("content") or {}).items():
            if media.endswith("json"):
                yield f"{name} {media}", content


@every_route
def test_a_route_has_a_summary_a_tag_and_its_security(route: str) -> None:
    missing = [part for part in ("summary", "tags", "security") if part not in OPERATIONS[route]]
    assert missing == [], f"{route}: say `summary=` and `tags=` where it is declared"


@every_route
def test_a_route_shows_its_body_and_its_answers_by_example(route: str) -> None:
    bare = [name for name, content in parts(route) if "example" not in content]
    assert bare == [], f"{route} has no example: let it take and answer structs, or add one to the examples of the app"


@every_route
def test_an_example_fits_its_own_schema(route: str) -> None:
    faults = [
        f"{name} {error.json_path}: {error.message}"
        for name, content in parts(route)
        if "example" in content
        for error in Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]}).iter_errors(
            content["example"]
        )
    ]
    assert faults == []


@every_route
def test_a_route_says_how_it_refuses_as_problems(route: str) -> None:
    operation = OPERATIONS[route]
    said = {status for status in operation["responses"] if status >= "4"}
    wanted = {"429", "503"} | ({"401", "403"} if operation["security"] else set())
    wanted |= {"404"} if "{" in route else set()
    wanted |= {"400", "413", "422"} if "requestBody" in operation else set()
    assert wanted - said == set()
    # What is not ready says so in its own words.
    for status in said - ({"503"} if route == "GET /health/ready" else set()):
        assert set(operation["responses"][status]["content"]) == {"application/problem+json"}, status
