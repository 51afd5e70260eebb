"""`python -m server` is `wheelhouse`."""

from server.cli import main

main(prog_name="wheelhouse")
