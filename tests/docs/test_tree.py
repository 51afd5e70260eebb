"""What a clone must and must not hold."""

import re
import tomllib

from tests.docs import tree

PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}

#: Folders of one person's or one machine's, spelt so that this file does not name them itself.
MACHINE = re.compile(
    rb"(?<![\w.~])/(?:%s)/(?=[\w.])" % b"|".join([b"work", b"root", b"farm", rb"home/\w+", rb"Users/\w+"])
)


def test_the_lock_file_names_public_hosts_only():
    text = (tree.ROOT / "uv.lock").read_text()
    assert set(re.findall(r"\w+://([^/\"]+)", text)) == PUBLIC_HOSTS
    sources = {kind for package in tomllib.loads(text)["package"] for kind in package["source"]}
    assert sources == {"registry", "editable"}


def test_no_file_names_a_path_of_one_machine():
    named = [
        f"{tree.name(path)}:{number}: {line.decode(errors='replace').strip()[:100]}"
        for path in tree.tracked()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not named


def test_the_changelog_has_a_place_for_what_is_new():
    heads = re.findall(r"^## (.+)$", (tree.ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == "Unreleased"


def test_every_decision_is_numbered_and_says_why():
    pages = sorted((tree.ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        heads = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert heads[:3] == ["The question", "What we do, and why", "What it costs"], page.name


def test_every_runtime_dependency_is_explained():
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())["project"]
    requirements = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    needed = {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}
    explained = set(re.findall(r"^\| \[([\w-]+)\]", (tree.ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE))
    assert explained == needed
