"""The Lua scripts that run inside Redis, each in a file of its own beside this one."""

import hashlib
from importlib.resources import files
from typing import Final, NamedTuple


class Script(NamedTuple):
    """A script and the name that Redis knows it by once it has been loaded."""

    text: str
    sha: str


def load(*names: str) -> Script:
    """The files put together, in order, as one script."""
    text = "\n".join((files("channels") / name).read_text("utf-8") for name in names)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


PUBLISH: Final = load("position.lua", "publish.lua")
RECALL: Final = load("position.lua", "recall.lua")
RENEW: Final = load("position.lua", "renew.lua")
BUCKET: Final = load("bucket.lua")
PRESENCE_REPORT: Final = load("presence.lua", "presence_report.lua")
PRESENCE_COUNT: Final = load("presence.lua", "presence_count.lua")
CONNECTIONS: Final = load("connections.lua")

#: What is loaded into every Redis that is connected to.
ALL: Final = (PUBLISH, RECALL, RENEW, BUCKET, PRESENCE_REPORT, PRESENCE_COUNT, CONNECTIONS)
