"""What the live side counts. Reading the numbers is somebody else's business; counting must cost next to nothing."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the node began."""

    #: frames handed to sockets
    deliveries: int = 0
    #: latest events replaced by newer ones before a slow reader took them
    conflated: int = 0
    #: passing events that a slow reader did not get
    dropped: int = 0
    #: sockets closed because kept events could wait no longer
    slow_consumers: int = 0
    #: subscriptions that asked for what they had missed, and got all of it, or could not
    recovered: int = 0
    unrecovered: int = 0
    #: channels whose live events had a hole, which history filled, or could not
    gaps_filled: int = 0
    gaps_lost: int = 0
    #: connections to Redis after the first
    redis_reconnects: int = 0
