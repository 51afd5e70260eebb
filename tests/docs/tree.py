"""The tracked files, and the parts of a markdown page that the document tests read."""

import re
import shlex
import subprocess
from itertools import dropwhile, groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
SETTING = re.compile(r"[A-Z_]+=")
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
    return [
        words
        for block in FENCE.finditer(page.read_text())
        if block["language"] == "sh"
        for line in block["body"].replace("\\\n", " ").splitlines()
        for words in typed(line.strip().removeprefix("$ "))
    ]


def typed(line: str) -> list[list[str]]:
    """The commands of one line: its pipeline's, and those of the substitutions in it."""
    found = [words for inner in SUBSTITUTION.findall(line) for words in typed(inner)]
    lexer = shlex.shlex(SUBSTITUTION.sub("…", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    for operator, words in groupby(lexer, key=lambda word: set(word) <= set("();<>|&")):
        if not operator:
            found.append(list(dropwhile(SETTING.match, words)))
    return [words for words in found if words]
