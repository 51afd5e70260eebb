"""What docs/write-an-engine.md shows is what its example says."""

from tests.docs import tree

PAGE = tree.ROOT / "docs" / "write-an-engine.md"
EXAMPLE = tree.ROOT / "docs" / "samples" / "coin-flip-engine"
FILES = {
    "toml": "pyproject.toml",
    "python": "coin_flip_engine/__init__.py",
    "js": "coin_flip_engine/coin-flip.js",
}


def test_every_line_of_code_on_the_page_stands_in_the_example() -> None:
    shown = {"toml": 0, "python": 0, "js": 0}
    for block in tree.FENCE.finditer(PAGE.read_text()):
        if block["language"] in FILES:
            lines = (EXAMPLE / FILES[block["language"]]).read_text().splitlines()
            assert [line for line in block["body"].splitlines() if line and line not in lines] == []
            shown[block["language"]] += 1
    assert all(shown.values())
