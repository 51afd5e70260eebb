"""The bodies that the OpenAPI document shows are bodies that the server takes."""

from typing import Any

import pytest

from tests.processes import ServerProcess

JSON = "application/json"


@pytest.fixture(scope="module")
def shown(server: ServerProcess) -> dict[str, Any]:
    """The body that the document shows of each operation."""
    _, document = server.get("/schema/openapi.json", None)
    return {
        f"{method.upper()} {path}": operation["requestBody"]["content"][JSON]["example"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if JSON in operation.get("requestBody", {}).get("content", {})
    }


def test_what_a_platform_and_an_operator_copy_from_the_document_is_taken(
    server: ServerProcess, shown: dict[str, Any]
) -> None:
    operator = server.token(role="operator", user="operator-1")

    def send(route: str, **ids: str) -> Any:
        method, path = route.split()
        status, answer = server.call(method, path.format(**ids), token=operator, body=shown[route])
        assert status < 300, f"{route}: {answer}"
        return answer

    send("POST /api/v1/chances")
    assert [one["status"] for one in send("POST /api/v1/chances/batch")["items"]] == ["granted"]

    wheel = send("POST /api/v1/wheels")
    send("PATCH /api/v1/wheels/{wheel_id}", wheel_id=wheel["id"])
    send("POST /api/v1/wheels/{wheel_id}/status", wheel_id=wheel["id"])

    cup = send("POST /api/v1/tournaments")["id"]
    send("PUT /api/v1/tournaments/{tournament_id}/prizes", tournament_id=cup)
    send("POST /api/v1/tournaments/{tournament_id}/status", tournament_id=cup)
    points = send("POST /api/v1/tournaments/{tournament_id}/points", tournament_id=cup)
    assert [one["status"] for one in points["items"]] == ["closed"], "it has not begun"

    pool = send("POST /api/v1/jackpots")["id"]
    for part in ("events", "prizes"):
        send(f"PUT /api/v1/jackpots/{{jackpot_id}}/{part}", jackpot_id=pool)
    send("POST /api/v1/jackpots/{jackpot_id}/status", jackpot_id=pool)
    send("POST /api/v1/jackpots/{jackpot_id}/pool", jackpot_id=pool)
    send("POST /api/v1/jackpots/{jackpot_id}/broadcast", jackpot_id=pool)

    raffle = send("POST /api/v1/raffles")["id"]
    send("POST /api/v1/raffles/{raffle_id}/status", raffle_id=raffle)
    send("POST /api/v1/announcements")
    send("POST /api/v1/revocations")
