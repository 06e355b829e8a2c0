"""Query sets made from labels and titles."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hangtag.comparison.query_sets import label_queries, title_queries
from hangtag.evaluation import LABELS
from hangtag.readings import CATALOG
from hangtag.taxonomy import default_taxonomy


class Shop:
    """Products and what somebody said of them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.said: list[dict[str, object]] = []

    def add(self, n: int, source: str = "staff", **said: str) -> list[str]:
        """Add ``n`` products; what is no metadata is a label, ``?`` standing for an open one."""
        known = {name: said.pop(name) for name in list(said) if name in CATALOG.names}
        ids = []
        for _ in range(n):
            product_id = str(len(self.rows))
            ids.append(product_id)
            self.rows.append({"article_type": "Shirts", "title": "A Shirt", **known,
                              "product_id": product_id})  # fmt: skip
            for attribute, value in said.items():
                options = value.split("|")
                self.said.append({
                    "product_id": product_id, "attribute": attribute, "accepted": options,
                    "value": options[0] if len(options) == 1 else None,
                    "present": True, "source": source,
                })  # fmt: skip
        return ids

    def products(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=CATALOG)

    def labels(self) -> pa.Table:
        return pa.Table.from_pylist(self.said, schema=LABELS)

    def queries(self, **options: object) -> dict[str, object]:
        """By what they ask for: the words do not tell which of its words an option is called."""
        options = {"least": 3, **options}
        found = label_queries(self.products(), self.labels(), default_taxonomy(), **options)  # type: ignore[arg-type]
        return {(query.type, frozenset(query.relevant)): query for query in found}  # type: ignore[misc]


def test_a_query_is_answered_by_what_labels_mean_and_metadata_say() -> None:
    """Not by other kinds of products, and not by other options."""
    shop = Shop()
    striped = shop.add(4, pattern="striped")
    shop.add(6, pattern="solid color")
    shop.add(6, pattern="striped", article_type="Dresses")
    query = shop.queries()["pattern", frozenset(striped)]
    assert query.text in {"striped shirts", "stripe shirts", "stripes shirts"}
    assert not query.unjudged


def test_what_labels_leave_open_is_unjudged() -> None:
    """No label of the attribute, or one that would accept the option but does not mean it."""
    shop = Shop()
    striped = shop.add(4, pattern="striped")
    shop.add(6, pattern="solid color")
    silent = shop.add(2)
    either = shop.add(1, pattern="striped|checkered")
    query = shop.queries()["pattern", frozenset(striped)]
    assert query.unjudged == {*silent, *either}


def test_one_label_that_says_otherwise_settles_a_combined_query() -> None:
    """A product known to be plain is no answer to "striped v-neck", whatever its neck."""
    shop = Shop()
    both = shop.add(4, pattern="striped", collar="V-neck")
    shop.add(6, pattern="solid color")
    open_neck = shop.add(1, pattern="striped")
    shop.add(5, pattern="striped", collar="collar")
    query = shop.queries()["combined", frozenset(both)]
    assert query.unjudged == frozenset(open_neck)
    assert query.text.endswith(" shirts")


def test_colour_and_gender_are_asked_for_where_enough_products_have_them() -> None:
    """In the order of speech: whose, colour, attributes, kind."""
    shop = Shop()
    shop.add(5, pattern="solid color")
    green = shop.add(4, pattern="checkered", base_colour="Green", gender="Women")
    shop.add(4, pattern="solid color", base_colour="Green", gender="Women")
    found = label_queries(shop.products(), shop.labels(), default_taxonomy(), least=3)
    texts = {query.text.split()[0] for query in found if set(query.relevant) == set(green)}
    assert {"green", "women"} < texts


def test_a_query_that_nearly_every_product_answers_tells_nothing() -> None:
    """Unless it is asked for."""
    shop = Shop()
    most = shop.add(9, sleeves="long sleeve")
    shop.add(3, sleeves="short sleeve")
    assert ("sleeves", frozenset(most)) not in shop.queries()
    assert ("sleeves", frozenset(most)) in shop.queries(most_share=1.0)


def test_titled_is_the_share_of_answers_whose_titles_say_it() -> None:
    """By name or synonym."""
    shop = Shop()
    shop.add(8, pattern="solid color")
    answers = [*shop.add(1, pattern="checkered", title="A Plaid Shirt"),
               *shop.add(1, pattern="checkered", title="Checks for All"),
               *shop.add(2, pattern="checkered", title="Number Nine")]  # fmt: skip
    assert shop.queries()["pattern", frozenset(answers)].titled == 0.5


def test_labels_of_other_sources_do_not_count() -> None:
    """Where the sources are named."""
    shop = Shop()
    shop.add(8, pattern="solid color")
    guessed = shop.add(4, source="category", pattern="striped")
    assert ("pattern", frozenset(guessed)) in shop.queries()
    assert ("pattern", frozenset(guessed)) not in shop.queries(sources=["staff"])


def test_two_labels_that_differ_leave_it_open() -> None:
    """The product is neither an answer nor wrong."""
    shop = Shop()
    shop.add(8, pattern="solid color")
    striped = shop.add(4, pattern="striped")
    (torn,) = shop.add(1, pattern="striped")
    shop.said.append({**shop.said[-1], "value": "checkered", "accepted": ["checkered"]})
    assert shop.queries()["pattern", frozenset(striped)].unjudged == {torn}


def test_nobody_asks_for_something_else_or_for_what_metadata_say() -> None:
    """No "other" collar; and formality stands in the catalog's usage."""
    shop = Shop()
    shop.add(9, collar="V-neck", formality="casual")
    shop.add(4, collar="other", formality="formal")
    assert {kind for kind, _ in shop.queries()} == set()


@pytest.mark.parametrize("each", [1, 2])
def test_a_type_gets_no_more_queries_than_asked_for(each: int) -> None:
    """The same ones each time, whatever the order of the products."""
    shop = Shop()
    for article in ("Shirts", "Tops", "Dresses"):
        shop.add(3, pattern="striped", article_type=article)
        shop.add(4, pattern="solid color", article_type=article)
    chosen = list(shop.queries(each=each))
    assert len(chosen) == each
    shop.rows.reverse()
    assert list(shop.queries(each=each)) == chosen


def test_without_labels_there_are_no_queries() -> None:
    """Nor without products."""
    assert Shop().queries() == {}


def test_a_title_is_answered_by_all_products_of_that_title() -> None:
    """Products without a title ask nothing."""
    shop = Shop()
    twins = shop.add(2, title="Twin Tee")
    shop.add(1, title="Lone Tee")
    shop.add(1, title=" ")
    found = {query.text: query for query in title_queries(shop.products())}
    assert set(found) == {"Twin Tee", "Lone Tee"}
    assert set(found["Twin Tee"].relevant) == set(twins)
    assert {query.type for query in found.values()} == {"title"}
    assert len(title_queries(shop.products(), each=1)) == 1
