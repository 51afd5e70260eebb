"""The tree of errors, and the table of close codes."""

import pytest

from games import errors
from games.errors import CLOSE_CODES, ERRORS, BadRequest, Fault, WheelhouseError

CODES = {
    "bad_request": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "no_chance_left": 409,
    "wheel_closed": 409,
    "spin_in_progress": 409,
    "sold_out": 409,
    "closed": 409,
    "limit_reached": 409,
    "rate_limited": 429,
    "too_large": 413,
    "unavailable": 503,
    "internal": 500,
}


def test_the_codes_of_the_protocol_have_these_http_statuses():
    assert {code: kind.http_status for code, kind in ERRORS.items()} == CODES


def test_every_code_has_one_class_and_every_class_a_code():
    classes = WheelhouseError.__subclasses__()
    assert sorted(one.code for one in classes) == sorted(ERRORS)
    for one in classes:
        assert one.__name__.lower() == one.code.replace("_", "")
        assert getattr(errors, one.__name__) is one


def test_a_bad_request_names_every_fault():
    faults = [Fault("$.a", "is missing"), Fault("$.b", "is missing")]
    error = BadRequest("It does not fit.", faults=faults, retry_after_ms=5)
    assert (error.faults, error.message, str(error), error.retry_after_ms) == (
        faults,
        "It does not fit.",
        "It does not fit.",
        5,
    )


@pytest.mark.parametrize("kind", CLOSE_CODES.values(), ids=lambda kind: kind.word)
def test_the_number_of_a_close_code_says_whether_to_come_back(kind):
    returning = {"internal", "draining", "slow_consumer", "connect_timeout", "missed_ping", "rate_limited"}
    assert kind.may_return is (kind.word in returning)
    assert kind.code // 100 == (45 if kind.may_return else 44)


def test_close_codes_are_those_of_the_protocol():
    assert {kind.word: kind.code for kind in CLOSE_CODES.values()} == {
        "bad_frame": 4400,
        "unauthorized": 4401,
        "forbidden": 4403,
        "too_many_connections": 4409,
        "too_large": 4413,
        "internal": 4500,
        "draining": 4503,
        "slow_consumer": 4508,
        "connect_timeout": 4509,
        "missed_ping": 4510,
        "rate_limited": 4529,
    }
