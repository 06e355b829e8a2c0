"""What the API answers, as its callers see it. Field names here are a promise to them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

__all__ = [
    "AboutAnswer",
    "CompareAnswer",
    "ConfigurationAbout",
    "ErrorAnswer",
    "Facet",
    "FacetValue",
    "FacetsAnswer",
    "FoundProduct",
    "HealthAnswer",
    "Known",
    "ProductAnswer",
    "ReadAttribute",
    "SearchAnswer",
    "UnderstoodWords",
    "WhyFound",
]


class ErrorAnswer(BaseModel):
    """What went wrong, and what to do next."""

    error: str = Field(description="A sentence that says what happened.")
    hint: str = Field("", description="What to do next; may be empty.")


class HealthAnswer(BaseModel):
    """The server is up and has something to search in."""

    status: str = Field(description="`ok`; anything else comes with another status code.")
    products: int = Field(description="Products in the index.")


class ConfigurationAbout(BaseModel):
    """One way to search."""

    name: str
    about: str = Field(description="What it searches in, in words.")


class AboutAnswer(BaseModel):
    """What this server has."""

    version: str = Field(description="Of hangtag.")
    products: int = Field(description="Products in the index.")
    columns: dict[str, str] = Field(description="What can be filtered by: column → its title.")
    configurations: list[ConfigurationAbout]
    a: str = Field(description="The configuration that comparing starts with.")
    b: str = Field(description="The one held against it, and the one that search uses.")
    photos: bool = Field(description="Whether a folder of photos is known.")
    examples: list[str] = Field(description="Queries that these products answer.")
    uncalibrated: list[str] = Field(
        description="Attributes whose confidences are as the engine gave them, fitted to no labels."
    )


class UnderstoodWords(BaseModel):
    """What some words of the query were taken to mean."""

    words: str
    start: int = Field(description="Where they begin in the query, in characters.")
    end: int
    column: str
    values: list[str] = Field(description="Any of them fits; the closest first.")
    negated: bool = Field(description="Products that have one of them are not wanted.")


class WhyFound(BaseModel):
    """Words of the query that a product answers."""

    words: str
    column: str
    title: str = Field(description="The column, as people call it.")
    values: list[str] = Field(description="What the product has.")
    source: Literal["catalog", "reading", "rules"] = Field(
        description="Who says so: the catalog, a reading, or rules over both."
    )
    confidence: float | None = Field(
        description="How sure a reading of one option is, 0 to 1; null for all else."
    )
    calibrated: bool | None = Field(
        None,
        description="Whether that was fitted to labels. If not, it is as the engine gave it; null "
        "where there is no confidence.",
    )


class FoundProduct(BaseModel):
    """One result."""

    product_id: str
    rank: int = Field(description="From 1 on, over all pages.")
    score: float = Field(description="Comparable within one answer only.")
    title: str
    fields: dict[str, str | list[str] | float | bool | None] = Field(
        description="What the catalog knows and what was read."
    )
    reasons: list[WhyFound]


class SearchAnswer(BaseModel):
    """One page of results."""

    query: str
    configuration: str
    seconds: float = Field(description="That searching took.")
    offset: int
    total: int | None = Field(description="Products that fit in all, where that is known.")
    more: bool = Field(description="Whether a next page has products.")
    meanings: list[UnderstoodWords]
    rest: list[str] = Field(description="Words that were not understood; they are searched too.")
    hits: list[FoundProduct]


class FacetValue(BaseModel):
    """One value and how many products have it."""

    value: str
    count: int


class Facet(BaseModel):
    """One column and its values, the most frequent first."""

    column: str
    title: str
    values: list[FacetValue]


class FacetsAnswer(BaseModel):
    """Counts under the filters; those of a column without that column's own filter."""

    facets: list[Facet]


class Known(BaseModel):
    """What the catalog says of a product, in one column."""

    title: str
    value: str


class ReadAttribute(BaseModel):
    """One attribute, as it was read from the photo."""

    attribute: str
    title: str
    value: list[str]
    confidence: float = Field(description="0 to 1.")
    source: Literal["photo", "text", "both", "person"] = Field(
        description="Who speaks for the value: the photo, what is written of the product, both, or "
        "a person."
    )
    words: list[str] = Field(
        default_factory=list,
        description="Words of title and description that speak for the value, the strongest first.",
    )
    read: list[str] = Field(description="What the photo alone says, before texts and people.")
    read_confidence: float = Field(description="And how sure that is.")
    calibrated: bool = Field(
        description="Whether confidences and probabilities were fitted to labels. If not, they are "
        "as the engine gave them, and 0.9 need not mean right in nine of ten cases."
    )
    shown: bool = Field(description="Whether it was sure enough to stand in the attributes table.")
    probabilities: dict[str, float] = Field(description="Every option, calibrated or not.")


class ProductAnswer(BaseModel):
    """One product: what was read from its photo, and what the catalog knows."""

    product_id: str
    title: str
    description: str
    metadata: dict[str, Known]
    readings: list[ReadAttribute]
    derived: dict[str, list[str]] = Field(description="What rules conclude: occasion and the like.")
    issues: list[str] = Field(description="Sentences; empty where nothing is odd.")
    needs_review: bool
    failure: str | None = Field(description="Why its photo could not be read.")


class CompareAnswer(BaseModel):
    """The same query, asked in two ways."""

    query: str
    common: int = Field(description="Products that both lists have.")
    a: SearchAnswer
    b: SearchAnswer
