"""The REST interface keeps to its own document, whoever calls and whatever is sent."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ServerProcess

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method,"
    "negative_data_rejection"
)
#: They end the caller's own tokens, and those of everybody else in the run.
ENDS_TOKENS = "/revocations|/tenants"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("schemathesis") / "data") as running:
        yield running


@pytest.mark.parametrize("role", ["operator", "player", "service"])
def test_every_answer_is_as_the_document_says(server: ServerProcess, role: str, tmp_path: Path) -> None:
    token = server.token(role=role, user=f"{role}-1")
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/schema/openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--exclude-path-regex", ENDS_TOKENS),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "2", "--seed", "1"),
            "--generation-deterministic",
            *("--suppress-health-check", "all", "--warnings", "off", "--max-time", "20", "--no-color"),
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-8_000:] + asked.stderr[-2_000:]
