"""The page of a comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from colour_shop import ColourShop

from hangtag.comparison import Found, Query, compare
from hangtag.comparison.page import write_page
from hangtag.errors import WorkspaceError
from hangtag.workspace import Workspace

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("page")
    shop = ColourShop(folder, 12)
    shop.add("p12", productDisplayName=EVIL)
    workspace = Workspace(folder / "shop")
    shop.tag(workspace)
    shop.photo("p3").unlink()
    return workspace


def ahead(*first: str):  # type: ignore[no-untyped-def]
    def rank(text: str, k: int) -> Sequence[Found]:
        others = [f"p{i}" for i in range(13) if f"p{i}" not in first]
        return [Found(p, 1 / (n + 1)) for n, p in enumerate([*first, *others][:k])]

    return rank


QUERIES = [
    Query("1", f"a query of {EVIL}", {"p12": 1}, "kind", 0.0, frozenset({"p1"})),
    Query("2", "x" * 5000, {"p0": 1}, EVIL),
]


def page(shop: Workspace, tmp_path: Path) -> str:
    # b finds the first query's answer at once, and the second's too late.
    found = compare(QUERIES, {"a": ahead("p0"), "b": ahead("p12", *[f"p{i}" for i in range(1, 12)]),
                              EVIL: ahead()})  # fmt: skip
    return write_page(found, shop, tmp_path / "sub" / "page.html").read_text("utf-8")


def test_what_comes_from_queries_and_catalogs_is_never_markup(
    shop: Workspace, tmp_path: Path
) -> None:
    """Nor names of configurations; and no script runs in any case."""
    told = page(shop, tmp_path)
    assert "<script" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "default-src 'none'" in told


def test_the_page_needs_no_other_file(shop: Workspace, tmp_path: Path) -> None:
    """Photos lie in it; one that is gone is told by its title."""
    told = page(shop, tmp_path)
    assert set(re.findall(r'src="([^"]{0,11})', told)) == {"data:image/"}
    assert not re.search(r'(href|src)="(?!#|data:)', told)
    assert '<span class="gone">' in told


def test_queries_that_gained_and_lost_are_shown_with_what_was_found(
    shop: Workspace, tmp_path: Path
) -> None:
    """Right, wrong and unjudged products are told apart."""
    told = page(shop, tmp_path)
    gained, lost = (told.split(f'id="{name}-1"')[1].split("</section>")[0]
                    for name in ("gained", "lost"))  # fmt: skip
    assert "a query of &lt;script" in gained
    assert "xxxxx" in lost
    assert "is-right" in gained
    assert "is-wrong" in gained
    assert "is-unjudged" in gained


def test_a_page_that_cannot_be_written_says_why(shop: Workspace, tmp_path: Path) -> None:
    """With what to do next."""
    (tmp_path / "file").write_text("")
    found = compare(QUERIES, {"a": ahead("p0"), "b": ahead("p1")})
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_page(found, shop, tmp_path / "file" / "page.html")
