"""One websocket's life: `connect` first, then commands, each answered once, until it closes.

A session has no task of its own. A command that must wait (for Postgres, for Redis) runs in a task that ends with its
answer; subscriptions of one session are made in the order in which they came, spins do not wait for them.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import structlog

from channels.envelope import Encoding
from channels.socket import Socket
from games.errors import BadRequest, Fault, Internal, RateLimited, WheelhouseError
from games.messages.commands import (
    COMMAND_TYPES,
    Command,
    CommandHead,
    Connect,
    Ping,
    Presence,
    Refresh,
    Spin,
    Subscribe,
    Unsubscribe,
)
from games.messages.replies import ErrorBody, ErrorReply, Pong, Reply
from server.live.listener import Listener, State
from server.moments import wire_time

if TYPE_CHECKING:
    from server.live.service import LiveService

log = structlog.get_logger(__name__)

_COMMAND: dict[Encoding, Callable[[bytes], Command]] = {
    Encoding.JSON: msgspec.json.Decoder(Command).decode,
    Encoding.MSGPACK: msgspec.msgpack.Decoder(Command).decode,
}
_HEAD: dict[Encoding, Callable[[bytes], CommandHead]] = {
    Encoding.JSON: msgspec.json.Decoder(CommandHead).decode,
    Encoding.MSGPACK: msgspec.msgpack.Decoder(CommandHead).decode,
}


_TOO_MANY: Final = "Too many commands at once. Wait, then go on."


class Misfit(NamedTuple):
    """A command whose type is known and whose fields do not fit; it is answered, like every command with an id."""

    id: int
    error: BadRequest


class Session(Listener):
    """Answers the commands of one socket.

    Arguments: the node's live service; where the peer is; what it calls itself.
    """

    __slots__ = ("_allowance", "_allowance_at", "_busy", "_refused", "_under_way", "_waiting")

    def __init__(self, service: "LiveService", ip_address: str | None, user_agent: str | None) -> None:
        super().__init__(service, ip_address, user_agent)
        self._waiting: deque[Command] | None = None
        self._busy = False
        self._under_way = 0
        self._allowance = float(service.settings.commands_per_second * 2)
        self._allowance_at = 0.0
        self._refused = 0

    # -- what the socket calls

    def received(self, socket: Socket, payload: bytes) -> None:
        """A whole message has come in."""
        if self.state is State.CLOSED:
            return
        allowed = self.state is State.NEW or self._allowed()
        command = self._decode(socket, payload)
        if command is None:
            return
        if self.state is State.NEW:
            self._begin(socket, command)
        elif isinstance(command, Connect):
            socket.close(4400, "connect may be sent only once")
        elif not allowed:
            self._count("any", "rate_limited")
            self._refuse_rate(command.id, RateLimited(_TOO_MANY, retry_after_ms=1000))
        elif isinstance(command, Misfit):
            self.refuse(command.id, command.error)
        elif isinstance(command, Ping) and self.state is State.READY:
            self._pong(command)
        elif isinstance(command, Spin) and self.state is State.READY:
            self._start(command)
        else:
            self._line_up(command)

    def closed(self, socket: Socket, code: int) -> None:
        """The socket is gone, from whichever side."""
        self._waiting = None
        super().closed(socket, code)

    # -- decoding and pace

    def _decode(self, socket: Socket, payload: bytes) -> "Command | Misfit | None":
        """The command of a frame; None when the frame is none of ours, and the socket is closed for it."""
        try:
            return _COMMAND[socket.encoding](payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            fault = str(error)
        said: CommandHead | None
        try:
            said = _HEAD[socket.encoding](payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            said = None
        if said is None or said.type not in COMMAND_TYPES or self.state is State.NEW:
            socket.close(4400, "not a message of this protocol")
            return None
        return Misfit(said.id, BadRequest(f"The command does not fit: {fault}", faults=[Fault("$", fault)]))

    def _allowed(self) -> bool:
        rate = self._service.settings.commands_per_second
        now = self._service.loop_time()
        self._allowance = min(rate * 2.0, self._allowance + (now - self._allowance_at) * rate)
        self._allowance_at = now
        if self._allowance < 1 or self._under_way >= self._service.settings.commands_under_way:
            return False
        if self._allowance >= rate:
            # A second of quiet has been kept since: what was refused before is forgiven.
            self._refused = 0
        self._allowance -= 1
        return True

    def _refuse_rate(self, command_id: int, error: RateLimited) -> None:
        self._refused += 1
        if self._refused > self._service.settings.rate_limited_before_close and self.socket is not None:
            self.socket.close(4529, "rate_limited")
            return
        self.refuse(command_id, error)

    # -- running commands

    def _begin(self, socket: Socket, command: "Command | Misfit") -> None:
        if not isinstance(command, Connect):
            socket.close(4400, "connect must come first")
            return
        self.state = State.CONNECTING
        # It has been said in time; how long its answer takes is the server's affair.
        self.await_no_longer()
        self._allowance_at = self._service.loop_time()
        self._line_up(command)

    def _line_up(self, command: Command) -> None:
        if not self._busy:
            self._busy = True
            self._start(command)
            return
        if self._waiting is None:
            self._waiting = deque()
        if len(self._waiting) >= self._service.settings.commands_under_way:
            self._count("any", "rate_limited")
            self._refuse_rate(command.id, RateLimited(_TOO_MANY, retry_after_ms=1000))
            return
        self._waiting.append(command)

    def _next(self) -> None:
        self._busy = False
        while self._waiting and self.state is State.READY:
            command = self._waiting.popleft()
            if isinstance(command, Ping):
                self._pong(command)
            elif isinstance(command, Spin):
                self._start(command)
            else:
                self._busy = True
                self._start(command)
                return
        if not self._waiting:
            self._waiting = None

    def _start(self, command: Command) -> None:
        self._under_way += 1
        self._service.spawn(self._run(command))

    def _pong(self, command: Ping) -> None:
        self.answer(command.id, Pong(wire_time(self._service.now())))
        self._count("ping", "ok")

    def _count(self, command: str, outcome: str) -> None:
        caller = self.caller
        tenant = "" if caller is None or caller.tenant_id is None else str(caller.tenant_id)
        self._service.commands[tenant, command, outcome] += 1

    async def _run(self, command: Command) -> None:
        # Whatever is logged on the way, in whichever room, names the connection.
        structlog.contextvars.bind_contextvars(connection=self.id)
        outcome = "ok"
        try:
            await self._service.spend(self, command)
            await self._execute(command)
        except RateLimited as error:
            outcome = error.code
            self._refuse_rate(command.id, error)
            if isinstance(command, Connect):
                self._service.turn_away(self, error)
        except WheelhouseError as error:
            outcome = error.code
            self.refuse(command.id, error)
            if isinstance(command, Connect):
                self._service.turn_away(self, error)
        except Exception:
            outcome = "internal"
            log.exception("a command failed", command=type(command).__name__)
            self.refuse(
                command.id, Internal("The server failed at this command. The fault has been logged; try again.")
            )
            if isinstance(command, Connect) and self.socket is not None:
                self.socket.close(4500, "internal")
        finally:
            self._count(str(type(command).__struct_config__.tag), outcome)
            self._under_way -= 1
            if not isinstance(command, Spin):
                self._next()

    async def _execute(self, command: Command) -> None:
        service = self._service
        match command:
            case Connect():
                await service.connect(self, command)
            case Refresh():
                await service.refresh(self, command)
            case Subscribe():
                await service.subscriptions.subscribe(self, command)
            case Unsubscribe():
                await service.subscriptions.unsubscribe(self, command)
            case Presence():
                await service.subscriptions.presence(self, command)
            case Spin():
                await service.spin(self, command)

    # -- answers

    def answer(self, command_id: int, result: object) -> None:
        """Answer a command well."""
        self._write(Reply(command_id, result))

    def refuse(self, command_id: int, error: WheelhouseError) -> None:
        """Answer a command with why it was not done."""
        self._write(ErrorReply(command_id, ErrorBody(error.code, error.message, error.retry_after_ms or 0)))

    def _write(self, message: Reply | ErrorReply) -> None:
        if self.socket is not None and self.state is not State.CLOSED:
            self.socket.send(self.socket.encoding.frame(message))
