"""The tracked files, and the parts of a markdown page that the document tests read."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(?P<title>.+?) *$", re.MULTILINE)


def tracked() -> list[Path]:
    """Every file of the repository that is in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md" and "vendor" not in path.parts]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """The targets of a page's links, code left out."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
    return [match["target"] for match in LINK.finditer(prose)]


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings answer to, as forges make them."""
    titles = (match["title"] for match in HEADING.finditer(FENCE.sub("", page.read_text())))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> list[list[str]]:
    """What a page's `sh` blocks tell a reader to type, word by word, without prompts, comments, settings."""
    typed = []
    for block in FENCE.finditer(page.read_text()):
        if block["language"] != "sh":
            continue
        for line in block["body"].replace("\\\n", " ").splitlines():
            for part in re.split(r"\$\(|\)|&&|\||;", line.split(" #")[0]):
                words = [word.strip("\"'") for word in part.strip().removeprefix("$ ").split()]
                while words and re.match(r"^[A-Z_]+=", words[0]):
                    words.pop(0)
                if words:
                    typed.append(words)
    return typed
