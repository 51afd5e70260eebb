"""Valkeys together: a cluster of three shards with a replica each, and a master watched by sentinels."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import redis

from persistence.embedded.binaries import valkey_server

SLOTS = 16_384
#: Silence after which a node is held for dead; failing over takes a little more than twice as long.
NODE_TIMEOUT_MS = 1_000


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, low enough that the cluster's own port, 10,000 above, is one too."""
    found: list[int] = []
    for port in range(21_000, 40_000):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


class Server:
    """A Valkey on a port of loopback."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self.port = port
        self.folder = folder / str(port)
        self.folder.mkdir(parents=True)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(host="127.0.0.1", port=port, socket_timeout=5, decode_responses=True)

    def start(self) -> None:
        """Start it and return when it answers."""
        command = [valkey_server(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._process = subprocess.Popen([*command, "--save", "", *self._options], stdout=subprocess.DEVNULL)
        until(lambda: bool(self.client.ping()))

    def start_as_sentinel(self, master_port: int, quorum: int) -> None:
        """Start it as a sentinel of the master `house`."""
        config = self.folder / "sentinel.conf"
        config.write_text(
            f"sentinel monitor house 127.0.0.1 {master_port} {quorum}\n"
            f"sentinel down-after-milliseconds house {NODE_TIMEOUT_MS}\n"
            "sentinel failover-timeout house 5000\n"
        )
        command = [valkey_server(), str(config), "--sentinel", "--port", str(self.port), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        until(lambda: bool(self.client.ping()))

    def command(self, *words: Any) -> Any:
        return self.client.execute_command(*words)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        if self.runs:
            assert self._process is not None
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        self.kill()
        self.client.close()


class Cluster:
    """Six nodes: three masters with a third of the slots each, and a replica of each."""

    def __init__(self, folder: Path) -> None:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS))
        self.nodes = [Server(folder, port, *options) for port in free_ports(6)]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:2])

    def __enter__(self) -> Self:
        for node in self.nodes:
            node.start()
        masters, replicas = self.nodes[:3], self.nodes[3:]
        bounds = [0, SLOTS // 3, 2 * SLOTS // 3, SLOTS]
        for node, first, end in zip(masters, bounds, bounds[1:], strict=False):
            node.command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for node in self.nodes[1:]:
            self.nodes[0].command("CLUSTER", "MEET", "127.0.0.1", node.port)
        until(lambda: all(int(_info(node, "cluster_known_nodes")) == 6 for node in self.nodes))
        for master, replica in zip(masters, replicas, strict=True):
            until(lambda master=master, replica=replica: _done(replica, "REPLICATE", master))  # type: ignore[misc]
        until(lambda: all(_info(node, "cluster_state") == "ok" for node in self.nodes))
        until(lambda: all(replica.client.info("replication")["master_link_status"] == "up" for replica in replicas))
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.close()

    @property
    def masters(self) -> list[Server]:
        """The nodes that have slots now."""
        ports = {master[1] for _, _, master, *_ in self._any.command("CLUSTER", "SLOTS")}
        return [node for node in self.nodes if node.port in ports]

    def master_of(self, key: bytes) -> Server:
        """The node that has a key now."""
        slot = self._any.command("CLUSTER", "KEYSLOT", key)
        for first, last, master, *_ in self._any.command("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == master[1])
        raise AssertionError(f"nobody has slot {slot}")

    def move(self, key: bytes, to: Server) -> None:
        """Move the slot of a key to another master, with all that is in it, as operators do."""
        self.begin_to_move(key, to)()

    def begin_to_move(self, key: bytes, to: Server) -> Callable[[], None]:
        """Move the key alone; the rest of its slot, and the slot itself, when what is answered is called."""
        from_ = self.master_of(key)
        slot = from_.command("CLUSTER", "KEYSLOT", key)
        from_id, to_id = from_.command("CLUSTER", "MYID"), to.command("CLUSTER", "MYID")
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", from_id)
        from_.command("CLUSTER", "SETSLOT", slot, "MIGRATING", to_id)
        from_.command("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", key)

        def finish() -> None:
            while keys := from_.command("CLUSTER", "GETKEYSINSLOT", slot, 100):
                from_.command("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *keys)
            for node in (to, from_):
                node.command("CLUSTER", "SETSLOT", slot, "NODE", to_id)

        return finish

    def bring_back(self, node: Server) -> None:
        """Start a node that was killed; it finds itself replaced, and follows the one that has replaced it."""
        node.start()
        until(lambda: node.client.info("replication").get("master_link_status") == "up")
        until(lambda: all(_info(one, "cluster_state") == "ok" for one in self.nodes))

    @property
    def _any(self) -> Server:
        return next(node for node in self.nodes if node.runs)


class Watched:
    """A master and a replica, and three sentinels that let the replica take over when the master is gone."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(5)
        self.servers = [Server(folder, port) for port in ports[:2]]
        self.sentinels = [Server(folder, port) for port in ports[2:]]
        self.url = "redis+sentinel://" + ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels) + "/house"

    def __enter__(self) -> Self:
        master, replica = self.servers
        master.start()
        replica.start()
        replica.command("REPLICAOF", "127.0.0.1", master.port)
        until(lambda: replica.client.info("replication")["master_link_status"] == "up")
        for sentinel in self.sentinels:
            sentinel.start_as_sentinel(master.port, 2)
        until(lambda: all(self._knows(sentinel) for sentinel in self.sentinels), 30)
        return self

    def __exit__(self, *_: object) -> None:
        for server in (*self.sentinels, *self.servers):
            server.close()

    def _knows(self, sentinel: Server) -> bool:
        # redis-py reads the answer as a dict, with numbers where there are numbers.
        known = sentinel.client.sentinel_master("house")
        return int(known["num-other-sentinels"]) == 2 and int(known["num-slaves"]) == 1


def _info(node: Server, word: str) -> Any:
    return node.client.cluster("INFO")[word]  # type: ignore[no-untyped-call]


def _done(replica: Server, word: str, master: Server) -> bool:
    try:
        replica.command("CLUSTER", word, master.command("CLUSTER", "MYID"))
    except redis.ResponseError:
        return False  # it has not heard of its master yet
    return True


def until(holds: Any, timeout_s: float = 20.0) -> None:
    """Wait for other processes to get somewhere."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            if holds():
                return
        except redis.ConnectionError:
            pass
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
