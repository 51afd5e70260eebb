"""The half of the architecture's import rules that is a list of what is allowed."""

import ast
import sys

from tests.docs import tree


def test_games_import_of_third_parties_msgspec_alone():
    allowed = sys.stdlib_module_names | {"games", "msgspec"}
    foreign = [
        f"{tree.name(path)}:{node.lineno}: {module}"
        for path in sorted((tree.ROOT / "games").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        for module in imported(node)
        if module.partition(".")[0] not in allowed
    ]
    assert not foreign


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module)):
            return [module]
    return []
