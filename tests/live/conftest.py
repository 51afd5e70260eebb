"""A running server for the tests that speak to one from outside."""

from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`wheelhouse serve` with the demo tenants, embedded services and all, for a module's tests."""
    with ServerProcess(tmp_path_factory.mktemp("server") / "data") as running:
        yield running
