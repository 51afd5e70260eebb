"""The rules of ids that come from outside."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import BadRequest, NotFound
from games.ids import parse_request_id, parse_user_id, parse_uuid

plain = st.characters(exclude_categories=["Cc", "Cs"])


@given(st.uuids())
def test_a_uuid_is_read_in_either_case(value):
    assert parse_uuid(str(value)) == parse_uuid(str(value).upper()) == value


@pytest.mark.parametrize("text", ["", "lucky", "0" * 32, "{" + str(UUID(int=1)) + "}", "urn:uuid:" + str(UUID(int=1))])
def test_another_form_is_no_uuid(text):
    with pytest.raises(BadRequest):
        parse_uuid(text)
    with pytest.raises(NotFound):
        parse_uuid(text, NotFound("There is no such wheel."))


@given(st.text(plain, min_size=1, max_size=128))
def test_a_user_id_has_1_to_128_characters(text):
    assert parse_user_id(text) == text


@given(st.text(plain, min_size=1, max_size=64))
def test_a_request_id_has_1_to_64_characters(text):
    assert parse_request_id(text) == text


@pytest.mark.parametrize(("parse", "longest"), [(parse_user_id, 128), (parse_request_id, 64)])
def test_control_characters_and_other_lengths_are_refused(parse, longest):
    for text in ("", "a" * (longest + 1), "a\x00b", "a\nb", "\x7f", "\x85", "\ud800"):
        with pytest.raises(BadRequest):
            parse(text)
