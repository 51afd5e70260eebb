"""Where Redis is: one server, the master that sentinels name, or the masters of a cluster, each with its slots.

| URL | what it names |
| --- | --- |
| `redis://`, `rediss://` (TLS), `unix://` | one server |
| `redis+sentinel://host:port,host:port/name` | the master that these sentinels call `name`; `/name/1`: its database 1 |
| `redis+cluster://host:port,host:port` | a cluster, found through any of these nodes |

A login before the `@` is for the servers themselves. `rediss+…` speaks TLS to all of them.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from channels.link import Link, LinkLost, RedisRefused

SLOTS: Final = 16_384
_SENTINEL_PORT: Final = 26_379
_REDIS_PORT: Final = 6_379


class Master(NamedTuple):
    """A server that takes writes, by its URL, and the ranges of slots that are its own (both ends in)."""

    url: str
    slots: Sequence[tuple[int, int]]


ALL_SLOTS: Final = ((0, SLOTS - 1),)


class Directory(Protocol):
    """Knows which servers to go to."""

    #: whether slots are spread over several servers
    is_cluster: bool

    async def masters(self, silence_s: float) -> list[Master]:
        """The servers as they are now; raises `LinkLost`, `RedisRefused` or `TimeoutError` when nobody can tell."""

    def moved_to(self, address: str) -> None:
        """A server (`host:port`) knows more than the others: it has a slot that they held for another's."""


def cluster_of(url: str) -> Directory:
    """The cluster of which the server at a plain URL is a part."""
    return _Cluster([url])


def address_of(url: str) -> str:
    """The `host:port` of a URL."""
    return urlsplit(url).netloc.rpartition("@")[2]


def directory_of(url: str) -> Directory:
    """What a URL names. Raises `ValueError`, saying what is wrong with it."""
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    if not kind:
        return _One(url)
    if scheme not in ("redis", "rediss") or kind not in ("cluster", "sentinel"):
        raise ValueError(f"{parts.scheme}:// is no way to Redis; there are redis://, rediss://, unix://, "
                         "redis+sentinel:// and redis+cluster://")  # fmt: skip
    login, _, listed = parts.netloc.rpartition("@")
    hosts = [host for host in listed.split(",") if host]
    if not hosts:
        raise ValueError(f"{parts.scheme}:// needs at least one host:port")
    at = f"{login}@" if login else ""
    ending = f"?{parts.query}" if parts.query else ""
    if kind == "cluster":
        return _Cluster([_url(scheme, at, host, _REDIS_PORT, ending) for host in hosts])
    name, _, database = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError(
            "redis+sentinel:// needs the master's name after the hosts: redis+sentinel://host:26379/mymaster"
        )
    ending = (f"/{database}" if database else "") + ending
    sentinels = [_url(scheme, "", host, _SENTINEL_PORT, "") for host in hosts]
    return _Sentinels(sentinels, name, lambda host: _url(scheme, at, host, _REDIS_PORT, ending))


def _url(scheme: str, login: str, host: str, port: int, ending: str) -> str:
    """`host` may bring its port; an IPv6 address stands in brackets."""
    has_port = host.rpartition("]")[2].partition(":")[2]
    return f"{scheme}://{login}{host if has_port else f'{host}:{port}'}{ending}"


def _host(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class _One:
    """One server, known by its URL."""

    is_cluster = False

    def __init__(self, url: str) -> None:
        self._master = Master(url, ALL_SLOTS)

    async def masters(self, silence_s: float) -> list[Master]:  # noqa: ARG002 - nobody has to be asked
        return [self._master]

    def moved_to(self, address: str) -> None:
        """There is nobody else."""


class _Sentinels:
    """The master of a name, as the first sentinel that answers tells it."""

    is_cluster = False

    def __init__(self, sentinels: list[str], name: str, url_of: Callable[[str], str]) -> None:
        self._sentinels = sentinels
        self._name = name
        self._url_of = url_of

    async def masters(self, silence_s: float) -> list[Master]:
        answer, _ = await _first_answer(self._sentinels, silence_s, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._name)
        if answer is None:
            raise RedisRefused(f"the sentinels know no master {self._name}")
        address, port = answer
        return [Master(self._url_of(_host(address.decode(), int(port))), ALL_SLOTS)]

    def moved_to(self, address: str) -> None:
        """Sentinels say who the master is."""


class _Cluster:
    """The masters of a cluster, as the first of its nodes that answers tells them."""

    is_cluster = True

    def __init__(self, seeds: list[str]) -> None:
        self._seeds = seeds
        self._known: list[str] = []

    async def masters(self, silence_s: float) -> list[Master]:
        answer, asked = await _first_answer([*self._known, *self._seeds], silence_s, "CLUSTER", "SLOTS")
        slots: dict[str, list[tuple[int, int]]] = {}
        for first, last, master, *_ in answer:
            address = (master[0] or b"").decode() or (urlsplit(asked).hostname or "")
            slots.setdefault(self._url_of(_host(address, master[1])), []).append((first, last))
        if not slots:
            raise RedisRefused("the cluster has no slots yet")
        self._known = list(slots)
        return [Master(url, ranges) for url, ranges in slots.items()]

    def moved_to(self, address: str) -> None:
        self._known.insert(0, self._url_of(address))

    def _url_of(self, address: str) -> str:
        parts = urlsplit(self._seeds[0])
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return _url(parts.scheme, login, address, _REDIS_PORT, f"?{parts.query}" if parts.query else "")


async def _first_answer(urls: Sequence[str], silence_s: float, *words: str) -> tuple[Any, str]:
    """What the first of several servers answers that answers at all, and its URL."""
    failure: Exception = LinkLost("there is nobody to ask")
    for url in dict.fromkeys(urls):
        try:
            link = await Link.open(url, _ignore, silence_s)
        except (LinkLost, TimeoutError) as error:
            failure = error
            continue
        try:
            return await link.ask(*words), url
        except (LinkLost, RedisRefused) as error:
            failure = error
        finally:
            link.abort()
    raise failure


def _ignore(channel: bytes, message: bytes) -> None:
    """Nothing is subscribed where only a question is asked."""
