"""Holds the services of the folder it is given: prints their URLs as one line of JSON, ends with its input."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from persistence.embedded.errors import EmbeddedError
from persistence.embedded.services import EmbeddedServices

with EmbeddedServices(Path(sys.argv[1])) as services:
    try:
        print(json.dumps(asdict(services.start())), flush=True)
    except EmbeddedError as refusal:
        print(json.dumps({"refusal": str(refusal)}), flush=True)
    sys.stdin.read()
