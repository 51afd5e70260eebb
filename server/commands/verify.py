"""`wheelhouse verify`."""

import sys
from pathlib import Path

import click

from games.errors import WheelhouseError
from games.fairness import verdict
from server.commands.work import Refusal
from server.verifying import VERDICTS, verify_file


@click.command()
@click.argument("proof", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(proof: Path) -> None:
    """Check a proof file of a spin or a draw, offline, and tell every step."""
    try:
        steps = verify_file(proof.read_bytes())
    except WheelhouseError as error:
        raise Refusal(str(error)) from error
    for step in steps:
        mark = {True: "ok  ", False: "FAIL", None: "wait"}[step.ok]
        click.echo(f"{mark}  {step.name}: {step.text}")
    click.echo(VERDICTS[verdict(steps)])
    sys.exit(0 if verdict(steps) else 1)
