"""`wheelhouse verify`."""

import sys
from pathlib import Path

import click

from games.errors import WheelhouseError
from games.fairness import verdict
from server.commands.work import Refusal
from server.verifying import VERDICTS, Report, is_export, verify_export, verify_file


@click.command()
@click.argument("proof", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(proof: Path) -> None:
    """Check a proof of a spin or a draw, offline, and tell every step; or report on an auditor's export."""
    content = proof.read_bytes()
    try:
        if is_export(content):
            sys.exit(_report(verify_export(content)))
        steps = verify_file(content)
    except WheelhouseError as error:
        raise Refusal(str(error)) from error
    for step in steps:
        mark = {True: "ok  ", False: "FAIL", None: "wait"}[step.ok]
        click.echo(f"{mark}  {step.name}: {step.text}")
    click.echo(VERDICTS[verdict(steps)])
    sys.exit(0 if verdict(steps) else 1)


def _report(report: Report) -> int:
    for fault in report.faults:
        click.echo(f"FAIL  {fault}")
    for wheel_id, of in report.wheels.items():
        told = f"{of.checked} checked, {of.pending} pending reveal, {of.differing} differing"
        click.echo(f"wheel {wheel_id}: {told}")
    return 1 if report.faults else 0
