"""What commands have in common: reaching the services, and saying in a sentence what the user can mend."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import click

from games.errors import BadRequest, WheelhouseError
from persistence.embedded.errors import EmbeddedError
from persistence.vault import SecretKeysError
from server.errors import CannotServeError
from server.reaching import Reached, reach
from server.settings import Settings


class Refusal(click.ClickException):
    """Something that the user can mend; its message says how."""


def run(settings: Settings, work: Callable[[Reached], Awaitable[str]]) -> str:
    """Run a command's work against the services, whatever has to be started for it."""

    async def on_loop(reached: Reached) -> str:
        return await work(reached)

    with refusing(), reach(settings) as reached:
        return asyncio.run(on_loop(reached))


@contextmanager
def refusing() -> Iterator[None]:
    """Say in a sentence what the user can mend; only a fault of ours ends in a stack."""
    try:
        yield
    except BadRequest as error:
        raise Refusal("\n".join([str(error), *(f"  {one.path}: {one.message}" for one in error.faults)])) from error
    except (EmbeddedError, WheelhouseError, SecretKeysError, CannotServeError) as error:
        raise Refusal(str(error)) from error
    except Exception as error:
        # Loaded when something has gone wrong: it knows the drivers' errors.
        told = import_module("server.refusals").explained(error)
        if told is None:
            raise
        raise Refusal(told) from error
