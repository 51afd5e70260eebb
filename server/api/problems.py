"""Errors as `application/problem+json`, with the same code words as on the websocket."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
    ValidationException,
)

from games.errors import ERRORS, BadRequest, Fault, Internal, NotFound, TooLarge, Unauthorized, WheelhouseError
from server.api.bodies import body_faults

log = structlog.get_logger(__name__)


class Problem(msgspec.Struct, omit_defaults=True):
    """The body of a refusal (RFC 9457), with our code."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retry_after_ms: int | None = None
    faults: list[Fault] | None = None


def problem_of(error: WheelhouseError, status: int | None = None) -> Problem:
    """What is told of an error of our tree."""
    kind = ERRORS[error.code]
    return Problem(
        type=f"urn:wheelhouse:error:{error.code}",
        title=kind.meaning,
        status=status or kind.http_status,
        code=error.code,
        detail=error.message,
        retry_after_ms=error.retry_after_ms or None,
        faults=(error.faults or None) if isinstance(error, BadRequest) else None,
    )


def problem(
    error: WheelhouseError, *, status: int | None = None, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """The response of an error of our tree."""
    body = problem_of(error, status)
    sent = dict(headers or {})
    if error.retry_after_ms:
        sent["retry-after"] = str(-(-error.retry_after_ms // 1000))
    return Response(
        msgspec.json.encode(body), status_code=body.status, media_type="application/problem+json", headers=sent
    )


def on_wheelhouse_error(_: Request[Any, Any, Any], error: WheelhouseError) -> Response[bytes]:
    """One of ours, raised by a rule or a use-case."""
    return problem(error)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """One of the framework's, said in our words."""
    match error:
        case ValidationException():
            return problem(
                BadRequest("The request does not fit: every fault is listed.", faults=_faults(request, error))
            )
        case NotAuthorizedException():
            return problem(Unauthorized("This call needs a token. Send it as `Authorization: Bearer …`."))
        case NotFoundException():
            return problem(NotFound("There is nothing at this address."))
        case MethodNotAllowedException():
            allow = {"allow": (error.headers or {}).get("allow", "")}
            return problem(NotFound("This address does not take that method."), status=405, headers=allow)
    if error.status_code == 413:
        return problem(TooLarge("The body is larger than this server takes."))
    if error.status_code < 500:
        return problem(BadRequest(error.detail or "The request does not fit."), status=error.status_code)
    return on_exception(request, error)


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours: logged whole, told without any of it."""
    log.error("a request failed", method=request.method, path=request.url.path, exc_info=error)
    return problem(Internal("The server failed at this request. The fault has been logged; try again."))


def _faults(request: Request[Any, Any, Any], error: ValidationException) -> list[Fault]:
    """Every fault of a body, found by its type; the framework stops at the first, which is kept for parameters."""
    return body_faults(request) or [
        Fault(f"$.{one.get('key')}", str(one.get("message", "does not fit")))
        for one in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(one, dict)
    ]


HANDLERS: dict[Any, Any] = {
    WheelhouseError: on_wheelhouse_error,
    HTTPException: on_http_exception,
    Exception: on_exception,
}
