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


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "x", "data": ' + b'{"a":' * 40 + b"1" + b"}" * 41,
        b'{"message": "x", "data": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
        b'{"tenant": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"[" * 500_000 + b"]" * 500_000,
    ],
    ids=["what a place takes", "what no place takes", "within a field", "nothing else"],
)
@pytest.mark.parametrize("path", ["/api/v1/announcements", "/api/v1/demo/sign-in"])
def test_a_body_that_is_nested_without_end_is_refused_and_not_a_fault_of_the_server(
    server: ServerProcess, operator: str, path: str, body: bytes
) -> None:
    status, problem = posted(server, path, operator, body)
    assert (status, problem["code"]) == (422, "bad_request")
    assert problem["faults"] == [{"path": "$", "message": "is nested deeper than 32 levels"}]


def test_what_is_nested_in_a_text_is_text(server: ServerProcess, operator: str) -> None:
    body = json.dumps({"message": "[" * 500 + '"{' * 500, "data": {"list": [[]] * 100}}).encode()
    assert posted(server, "/api/v1/announcements", operator, body)[0] == 201


@pytest.mark.parametrize(
    "body",
    [
        b'{"wheel_name":"x","wheel_slug":"x","rewards":[' + b",".join([b"{}"] * 300_000) + b"]}",
        b"{" + b",".join(b'"%x":1' % number for number in range(90_000)) + b"}",
    ],
    ids=["a list", "keys"],
)
def test_a_body_with_faults_beyond_number_is_answered_briefly(
    server: ServerProcess, operator: str, body: bytes
) -> None:
    status, problem = posted(server, "/api/v1/wheels", operator, body)
    assert (status, problem["code"]) == (422, "bad_request")
    assert 1 <= len(problem["faults"]) <= 101


def posted(server: ServerProcess, path: str, token: str, body: bytes) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"opens_at": 1790000000}, "$.opens_at"),
        ({"spin_chance_for_page_visit": "3"}, "$.spin_chance_for_page_visit"),
        ({"spin_chance_for_page_visit": True}, "$.spin_chance_for_page_visit"),
        ({"wheel_name": 7}, "$.wheel_name"),
        ({"spin_config": {"duration_ms": "5000"}}, "$.spin_config.duration_ms"),
        ({"rewards": {}}, "$.rewards"),
    ],
    ids=[
        "a number for a moment",
        "a text for a number",
        "a truth for a number",
        "a number for a text",
        "within",
        "a list",
    ],
)
def test_a_value_of_another_type_is_refused_and_never_bent(
    server: ServerProcess, operator: str, fields: dict[str, Any], fault: str
) -> None:
    body = {"wheel_name": "Strict", "wheel_slug": "strict", **fields}
    status, problem = server.call("POST", "/api/v1/wheels", token=operator, body=body)
    assert (status, [one["path"] for one in problem["faults"]]) == (422, [fault])


@pytest.mark.parametrize("text", ["0.5", "1790000000", "2026-11-22", "2026-11-22T10:00:00", "yesterday"])
@pytest.mark.parametrize("where", ["spins?from=", "spins?to=", "chances?expires_before="])
def test_a_moment_that_is_asked_about_has_a_date_a_time_and_a_zone(
    server: ServerProcess, operator: str, where: str, text: str
) -> None:
    status, problem = server.call("GET", f"/api/v1/{where}{text}", token=operator)
    assert (status, problem["faults"][0]["path"]) == (422, f"$.{where.partition('?')[2].rstrip('=')}")
    assert server.get(f"/api/v1/{where}2026-11-22T10:00:00%2B01:00", operator)[0] == 200


def test_who_has_no_token_is_told_so_before_their_body_is_looked_at(server: ServerProcess) -> None:
    for body in ({"wheel_name": 7}, {"wheel_name": "Strict", "wheel_slug": "strict"}):
        assert server.call("POST", "/api/v1/wheels", body=body)[0] == 401


def test_a_row_version_of_nought_is_a_stale_one(server: ServerProcess, operator: str) -> None:
    _, found = server.get("/api/v1/wheels?wheel_slug=lucky", operator)
    wheel = found["items"][0]
    for method, path, change in (
        ("PATCH", "", {"wheel_description": "Stale"}),
        ("PUT", "/rewards", {"rewards": []}),
    ):
        body = {**change, "row_version": 0}
        status, problem = server.call(method, f"/api/v1/wheels/{wheel['id']}{path}", token=operator, body=body)
        assert (status, problem["code"]) == (409, "conflict")
