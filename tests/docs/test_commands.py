"""A command that a page tells its reader to type exists."""

import re

import click

from server.cli import main
from tests.docs import tree

TARGETS = set(re.findall(r"^([a-z-]+):", (tree.ROOT / "Makefile").read_text(), re.MULTILINE))


def typed(*first: str) -> list[tuple[str, list[str]]]:
    """What follows `first` in every command of every page, with the page's name."""
    count = len(first)
    return [
        (tree.name(page), words[count:])
        for page in tree.pages()
        for words in tree.commands(page)
        if tuple(words[:count]) == first
    ]


def fault(words: list[str]) -> str | None:
    """Why the command line would refuse these words, or None. What they name (files, ids) need not exist."""
    command: click.Command = main
    rest = iter(words)
    for word in rest:
        if word == "--help":
            return None
        if word.startswith("-"):
            spelling, _, value = word.partition("=")
            option = next((known for known in command.params if spelling in known.opts + known.secondary_opts), None)
            if not isinstance(option, click.Option):
                return f"{command.name} has no option {spelling}"
            if not (value or option.is_flag or option.count):
                next(rest, None)
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"{command.name} has no command {word}"
            command = found
    return f"{command.name} wants a command" if isinstance(command, click.Group) else None


def test_make_targets_exist():
    unknown = [
        (page, word)
        for page, words in typed("make")
        for word in words
        if "=" not in word and not word.startswith("-") and word not in TARGETS
    ]
    assert not unknown


def test_wheelhouse_commands_and_options_exist():
    assert isinstance(main, click.Group)
    runs = typed("wheelhouse") + typed("uv", "run", "wheelhouse") + typed(".venv/bin/wheelhouse")
    assert not [(page, why) for page, words in runs if (why := fault(words))]


def test_the_readme_needs_two_commands():
    words = tree.commands(tree.ROOT / "README.md")
    assert ["make", "run"] in words
    assert ["make", "test"] in words
