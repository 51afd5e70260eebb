"""Which Wheelhouse this is."""

from importlib.metadata import version

VERSION = version("wheelhouse")
