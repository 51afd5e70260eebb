"""A reader who follows a link arrives."""

import pytest

from tests.docs import tree


@pytest.mark.parametrize("page", tree.pages(), ids=tree.name)
def test_relative_links_arrive(page):
    astray = []
    for target in tree.links(page):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        arrives = file.exists() and (not fragment or file.suffix != ".md" or fragment in tree.anchors(file))
        if not arrives:
            astray.append(target)
    assert not astray
