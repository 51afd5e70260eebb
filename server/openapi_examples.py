"""What the OpenAPI document says beyond the framework's: examples by the types that are named, refusals, security."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from games.errors import ERRORS
from server import samples
from server.api.paging import Page
from server.api.problems import Problem

#: How a caller says who it is.
SECURITY: Final = Components(
    security_schemes={
        "bearer": SecurityScheme(
            type="http",
            scheme="bearer",
            bearer_format="JWT",
            description="A token of a tenant's user, or an API key (`wh_…`) of a server that calls.",
        )
    }
)
_PROBLEM: Final = "application/problem+json"
#: What any call may be refused with, by the error's code; and what only some may.
_ANY: Final = ("rate_limited", "unavailable", "internal")
_CALLERS: Final = ("unauthorized", "forbidden", "not_found")
#: Parameters that stand for who calls.
_WHO: Final = ("caller", "listening")


class RenderedWithExamples(JsonRenderPlugin):
    """The document as JSON. `examples`: by the type of a body or an answer; an answer of a page shows one item.

    A type that has none here is shown by a sample of its fields.
    """

    def __init__(self, examples: Mapping[type, object]) -> None:
        super().__init__()
        self._examples = examples

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document, with its examples and refusals."""
        self.describe(request.app, openapi_schema)
        return super().render(request, openapi_schema)

    def describe(self, app: Litestar, openapi_schema: dict[str, Any]) -> None:
        """Put examples, refusals and security where the document says nothing of them."""
        _, components = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
        openapi_schema["components"]["schemas"].update(components)
        for route in app.routes:
            if not isinstance(route, HTTPRoute) or route.path_format not in openapi_schema["paths"]:
                continue
            for method, (handler, _) in route.route_handler_map.items():
                operation = openapi_schema["paths"][route.path_format].get(method.lower())
                if operation is None:
                    continue
                if handler.parsed_data_field is not None:
                    self._show(operation.get("requestBody"), handler.parsed_data_field)
                    if handler.parsed_data_field.has_default:
                        operation["requestBody"]["required"] = False
                kinds = {handler.status_code: handler.parsed_return_field}
                for status, said in (handler.responses or {}).items():
                    kinds[status] = FieldDefinition.from_annotation(said.data_container)
                for status, kind in kinds.items():
                    self._show(operation["responses"].get(str(status)), kind)
                _refuse(operation, method, route.path_format, handler)

    def _show(self, described: dict[str, Any] | None, field: FieldDefinition) -> None:
        media = ((described or {}).get("content") or {}).get("application/json")
        if media is not None and "example" not in media:
            example = self._of(field)
            if example is not None:
                media["example"] = example

    def _of(self, field: FieldDefinition) -> object:
        kinds = [field, *field.inner_types]
        paged = next((kind for kind in kinds if kind.origin is Page), None)
        if paged is not None:
            item = self._of(paged.inner_types[0])
            return None if item is None else {"items": [item], "next_cursor": None}
        named = next((self._examples[kind.annotation] for kind in kinds if kind.annotation in self._examples), None)
        if named is not None:
            return named
        kinds += [kind for one in field.inner_types for kind in one.inner_types]
        structs = (kind.annotation for kind in kinds if not kind.is_union and kind.is_subclass_of(msgspec.Struct))
        struct = next(structs, None)
        try:
            return None if struct is None else samples.shown(samples.of(struct))
        except msgspec.ValidationError:
            # Bound by rules of its own: such a type has an example written for it.
            return None


def _refuse(operation: dict[str, Any], method: str, path: str, handler: HTTPRouteHandler) -> None:
    """Say with which errors the call may be refused, and whether it takes a token."""
    named = not handler.parsed_fn_signature.parameters.keys().isdisjoint(_WHO)
    operation["security"] = [{"bearer": []}] if named else []
    writes, takes_body = method not in ("GET", "HEAD"), "requestBody" in operation
    codes = [*_ANY, *(_CALLERS if path.startswith("/api/") else ())]
    codes += ["conflict"] if writes else []
    codes += ["bad_request"] if takes_body or operation.get("parameters") else []
    codes += ["too_large"] if takes_body else []
    answers = operation["responses"]
    answers.pop("400", None)
    if path == "/health/ready":
        answers["503"] = {**answers["200"], "description": "The node cannot take traffic, and why"}
    for code in codes:
        answers.setdefault(str(ERRORS[code].http_status), _answer(ERRORS[code].http_status, code))
    if takes_body:
        answers["400"] = _answer(400, "bad_request")


def _answer(status: int, code: str) -> dict[str, Any]:
    kind = ERRORS[code]
    told = Problem(f"urn:wheelhouse:error:{code}", kind.meaning, status, code, "A sentence that says what to do.")
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": samples.shown(told)}
    return {"description": kind.meaning, "content": {_PROBLEM: content}}
