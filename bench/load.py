"""The load client (load.c), driven from here: a command a line, an answer a line."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.machine import ROOT

#: More than the longest command takes, its own limits included.
_ANSWER_S = 200.0


class LoadFailed(Exception):
    """The client or the publisher gave up; the message is what it said."""


class Load:
    """A running client. `publishes`: server and channel for the publisher's process, where publishing goes by Redis."""

    def __init__(self, program: Path, settings: dict[str, object], publishes: list[str] | None = None) -> None:
        self._publisher: subprocess.Popen[str] | None = None
        words = [f"{key}={value}" for key, value in settings.items()]
        passed: tuple[int, ...] = ()
        if publishes is not None:
            ours, theirs = (end.detach() for end in socket.socketpair())
            self._publisher = subprocess.Popen(
                [sys.executable, "-m", "bench.publisher", str(theirs), *publishes],
                cwd=ROOT,
                pass_fds=(theirs,),
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._publisher.stdout is not None
            os.close(theirs)
            if self._publisher.stdout.readline().strip() != "ready":
                raise LoadFailed("the publisher did not start")
            words.append(f"publisher_fd={ours}")
            passed = (ours,)
        self._process = subprocess.Popen(
            [str(program), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=passed,
        )
        for fd in passed:
            os.close(fd)

    def ask(self, *words: object) -> dict[str, Any]:
        """Have a command done; raises `LoadFailed` with what the client said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            self._process.wait(_ANSWER_S)
            raise LoadFailed(f"{words[0]}: {self._process.stderr.read().strip() or self._process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._process, self._publisher):
            if process is None:
                continue
            process.terminate()
            process.wait(20)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
