"""How Python looks for garbage in a server: seldom, and not among what lives as long as the process.

By default a full search walks every object there is, the modules' as well, and stops everybody for a tenth of a
second each time, several times a second while spins are played. What a play leaves behind is freed by counting
references; cycles are few.
"""

import gc

#: Objects made, less those freed, before the young are searched; searches of the young before the older are, and again.
_THRESHOLDS = (50_000, 20, 100)


def settle() -> None:
    """Take what has been loaded and built by now for lasting. To be called once, when a server is ready to serve."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
