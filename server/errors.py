"""What keeps a server from serving."""


class CannotServeError(Exception):
    """The server cannot listen; the message says why and what to do."""
