"""`wheelhouse doctor`."""

import sys

import click

from server.doctor import examine
from server.settings import Settings


@click.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Say what is wrong with this machine or its settings, and the mend."""
    findings = examine(settings)
    for finding in findings:
        click.echo(
            f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}"
            + (f"\n      {finding.mend}" if not finding.ok else "")
        )
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
