"""The page for those who run a server names every setting as it is."""

from dataclasses import replace

import pytest

from server.settings import Settings, tracing_wanted, variable
from server.settings_page import PAGE


def table() -> dict[str, str]:
    generated = PAGE.part(PAGE.path.read_text(encoding="utf-8"))
    rows = [line for line in generated.splitlines() if line.startswith("| `")]
    return {row.split("`")[1]: row for row in rows}


def test_the_page_is_fresh():
    page = PAGE.path.read_text(encoding="utf-8")
    assert PAGE.renewed(page) == page, "Run: python -m server.settings_page"


def test_every_setting_is_listed_once_under_its_variable():
    assert list(table()) == [variable(field) for field in Settings.__struct_fields__]


def test_a_row_says_default_unit_and_meaning():
    row = table()["WHEELHOUSE_CONNECT_TIMEOUT_S"]
    assert row.endswith("| `5` s | a websocket must say `connect` within this time |")
    assert table()["DATABASE_URL"].split("|")[2].strip() == "–"


def test_a_stale_page_fails_the_check_and_is_rewritten_without_it(tmp_path, monkeypatch):
    page = tmp_path / "running.md"
    fresh = PAGE.path.read_text(encoding="utf-8")
    page.write_text(fresh.replace("| `WHEELHOUSE_PORT` | `8000`", "| `WHEELHOUSE_PORT` | `80`"), encoding="utf-8")
    ours = replace(PAGE, path=page)
    monkeypatch.setattr("sys.argv", ["settings_page", "--check"])
    with pytest.raises(SystemExit, match="stale"):
        ours.main()
    monkeypatch.setattr("sys.argv", ["settings_page"])
    ours.main()
    assert page.read_text(encoding="utf-8") == fresh


def test_a_page_that_has_lost_its_marks_is_not_taken_for_fresh():
    with pytest.raises(ValueError, match="marks"):
        PAGE.renewed("# Running\n")


def test_traces_are_sent_only_where_the_standards_variables_ask_for_them():
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert not tracing_wanted({})
    assert tracing_wanted(endpoint)
    assert tracing_wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"})
    assert not tracing_wanted({**endpoint, "OTEL_SDK_DISABLED": "true"})
    assert not tracing_wanted({**endpoint, "OTEL_TRACES_EXPORTER": "none"})
