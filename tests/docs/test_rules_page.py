"""Every rule on the page of rules is held by a test that there is."""

import re

from tests.docs import tree

PAGE = (tree.ROOT / "docs" / "rules.md").read_text()
RULES = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "::" in line]
SECTIONS = ("Everywhere", "Wheels and rewards", "Chances", "Spins", "Provably fair")


def holders(cell: str) -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(test_\w+)`", cell)


def test_every_rule_names_what_holds_it():
    bare = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line and "::" not in line]
    assert set(bare) == {"| rule | held by |"}
    assert all(len(row) == 2 and holders(row[1]) for row in RULES)
    assert all(f"\n## {section}\n" in PAGE for section in SECTIONS)


def test_every_test_that_holds_a_rule_is_there():
    missing = []
    for _, cell in RULES:
        for path, test in holders(cell):
            file = tree.ROOT / "tests" / path
            if not file.is_file() or not re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE):
                missing.append(f"{path}::{test}")
    assert missing == []
