"""What does not fit is told whole: every fault of a body with its path, in the words of the wire."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def operator(server: ServerProcess) -> str:
    return server.token(role="operator", user="operator-1")


def test_every_fault_of_a_body_is_named_with_its_path(server: ServerProcess, operator: str) -> None:
    body = {"user_id": 7, "chance_type": "bonus", "chance_count": 0, "surprise": True}
    status, problem = server.call("POST", "/api/v1/chances", token=operator, body=body)
    assert (status, problem["code"]) == (422, "bad_request")
    assert {fault["path"] for fault in problem["faults"]} == {
        "$.user_id",
        "$.chance_count",
        "$.award_reason",
        "$.surprise",
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/v1/wheels?limit=0", None, 422, "bad_request"),
        ("GET", "/api/v1/wheels?cursor=nonsense", None, 422, "bad_request"),
        ("GET", "/api/v1/wheels/nonsense", None, 404, "not_found"),
        ("GET", "/api/v1/nowhere", None, 404, "not_found"),
        ("POST", "/api/v1/wheels/nonsense/visits", {}, 403, "forbidden"),
        ("GET", "/api/v1/tenants", None, 403, "forbidden"),
        ("GET", "/ws", None, 422, "bad_request"),
        ("DELETE", "/api/v1/wheels", None, 405, "not_found"),
    ],
)
def test_a_call_that_cannot_be_done_says_so_in_the_words_of_the_wire(
    server: ServerProcess, operator: str, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answered, problem = server.call(method, path, token=operator, body=body)
    assert (answered, problem["code"]) == (status, code)
    assert problem["detail"]


def test_a_method_that_an_address_does_not_take_is_told_which_it_takes(server: ServerProcess, operator: str) -> None:
    request = urllib.request.Request(
        f"{server.url}/api/v1/wheels", method="DELETE", headers={"authorization": f"Bearer {operator}"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 405
    assert set(refused.value.headers["allow"].split(", ")) >= {"GET", "POST"}
    refused.value.close()


def test_a_call_without_a_token_is_told_how_to_send_one(server: ServerProcess) -> None:
    status, problem = server.get("/api/v1/wheels")
    assert (status, problem["code"]) == (401, "unauthorized")
    assert "Bearer" in problem["detail"]


def test_a_body_over_the_limit_is_too_large_before_it_is_read(server: ServerProcess, operator: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.putrequest("POST", "/api/v1/chances")
    connection.putheader("authorization", f"Bearer {operator}")
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(2**40))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "too_large")
    connection.close()
