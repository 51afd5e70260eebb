"""Examples of bodies and answers in the OpenAPI document, put in where their types are named."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from server.api.paging import Page


class RenderedWithExamples(JsonRenderPlugin):
    """The document as JSON. `examples`: by the type of a body or an answer; an answer of a page shows one item."""

    def __init__(self, examples: Mapping[type, object]) -> None:
        super().__init__()
        self._examples = examples

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document, with its examples."""
        for route in request.app.routes:
            if not isinstance(route, HTTPRoute) or route.path_format not in openapi_schema["paths"]:
                continue
            for method, (handler, _) in route.route_handler_map.items():
                operation = openapi_schema["paths"][route.path_format].get(method.lower())
                if operation is None:
                    continue
                if handler.parsed_data_field is not None:
                    self._show(operation.get("requestBody"), handler.parsed_data_field)
                answer = operation["responses"].get(str(handler.status_code))
                self._show(answer, handler.parsed_return_field)
        return super().render(request, openapi_schema)

    def _show(self, described: dict[str, Any] | None, field: FieldDefinition) -> None:
        example = self._of(field)
        media = ((described or {}).get("content") or {}).get("application/json")
        if example is not None and media is not None:
            media["example"] = example

    def _of(self, field: FieldDefinition) -> object:
        kinds = [field, *field.inner_types]
        paged = next((kind for kind in kinds if kind.origin is Page), None)
        if paged is not None:
            item = self._of(paged.inner_types[0])
            return None if item is None else {"items": [item], "next_cursor": None}
        return next((self._examples[kind.annotation] for kind in kinds if kind.annotation in self._examples), None)
