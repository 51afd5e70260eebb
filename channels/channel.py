"""A channel's name: whom it belongs to, what clients call it, what Redis does. All Redis names are built here."""

from functools import lru_cache
from typing import NamedTuple

_ESCAPES = str.maketrans({"%": "%25", "{": "%7B", "}": "%7D"})


@lru_cache(maxsize=20_000)
def _tag(tenant: str, name: str) -> str:
    return f"{{{tenant.translate(_ESCAPES)}:{name.translate(_ESCAPES)}}}"


class Channel(NamedTuple):
    """What sockets subscribe to and events are published on, such as one wheel of one tenant.

    All keys of a channel, and its name in pub/sub, share the hash tag `{tenant:name}`, so that one script may
    touch them all, on a cluster too.
    """

    tenant: str
    #: as nodes call it: `wheel:<id>`, `user:<user_id>`, `tenant`, `operator`
    name: str

    @property
    def kind(self) -> str:
        """The first word of the name, which says what sort of channel it is."""
        return self.name.partition(":")[0]

    @property
    def wire_name(self) -> str:
        """As clients call it: each player's own channel is simply `user`."""
        return "user" if self.name.startswith("user:") else self.name

    @property
    def _tag(self) -> str:
        return _tag(self.tenant, self.name)

    @property
    def redis_channel(self) -> bytes:
        """Its name in Redis' pub/sub."""
        return f"wh:{self._tag}:live".encode()

    @property
    def position_key(self) -> bytes:
        """A hash: the epoch, the newest offset, and the newest version of each latest event."""
        return f"wh:{self._tag}:position".encode()

    @property
    def history_key(self) -> bytes:
        """A stream: the kept events, each under its offset."""
        return f"wh:{self._tag}:history".encode()

    @property
    def latest_key(self) -> bytes:
        """A hash: the newest of each latest event, by its name."""
        return f"wh:{self._tag}:latest".encode()

    def presence_key(self, part: str) -> bytes:
        """A part of who is there (`presence.lua`)."""
        return f"wh:{self._tag}:presence:{part}".encode()

    def board_key(self, part: str) -> bytes:
        """A part of the ranked board that the channel tells of: its members, their rows, its state."""
        return f"wh:{self._tag}:board:{part}".encode()

    def idempotency_key(self, key: str) -> bytes:
        """A string: where the event that was published under `key` stands."""
        return f"wh:{self._tag}:once:{key}".encode()


def once_key(kind: str, digest: str) -> bytes:
    """A string that is handed out once, such as whom a ticket stands for: named by a digest, never by the secret."""
    return f"wh:{{{kind}:{digest}}}".encode()


def bucket_key(limit: str, subject: str) -> bytes:
    """A hash: what may still be spent of a limit by a subject, such as a user's spins."""
    return f"wh:{{bucket:{limit}:{subject.translate(_ESCAPES)}}}".encode()


def connections_key(tenant: str, part: str) -> bytes:
    """A part of how many connections a tenant has on each node (`connections.lua`)."""
    return f"wh:{{connections:{tenant.translate(_ESCAPES)}}}:{part}".encode()
