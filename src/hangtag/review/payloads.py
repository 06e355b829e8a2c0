"""What the review page asks and is told. Field names here are a promise to its callers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hangtag.serve.payloads import Known

__all__ = [
    "AboutReview",
    "AgreementAnswer",
    "AgreementOf",
    "AttributeAbout",
    "Card",
    "CardReading",
    "Category",
    "DifferenceAbout",
    "Entry",
    "HistoryAnswer",
    "LoginQuery",
    "NextAnswer",
    "NextQuery",
    "OptionAbout",
    "PersonProgress",
    "ProgressAnswer",
    "QueueAbout",
    "ReleaseQuery",
    "SaveAnswer",
    "SaveQuery",
    "SkipQuery",
    "UndoQuery",
]

Name = Field(min_length=1, max_length=80, description="Who is reviewing.")
Session = Field(min_length=8, max_length=80, description="A key of the open page.")
ProductId = Field(min_length=1, max_length=1000, description="The catalog's id.")
Key = Field(
    min_length=8,
    max_length=200,
    description="A key of your own for this very save. Sent again, it is still one save.",
)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OptionAbout(BaseModel):
    """One option."""

    name: str
    definition: str


class AttributeAbout(BaseModel):
    """One attribute."""

    name: str
    title: str
    question: str
    multiple: bool = Field(description="Whether several options may hold.")
    at_most: int | None
    options: list[OptionAbout]


class QueueAbout(BaseModel):
    """One order in which products come."""

    name: str
    title: str
    about: str


class Category(BaseModel):
    """A kind of product."""

    name: str
    products: int


class AboutReview(BaseModel):
    """What there is to review."""

    version: str = Field(description="Of hangtag.")
    products: int
    attributes: list[AttributeAbout]
    queues: list[QueueAbout]
    categories: list[Category]
    photos: bool = Field(description="Whether a folder of photos is known.")
    queue: str = Field(description="The queue to begin with.")


class NextQuery(_Asked):
    """Which products to look at next."""

    person: str = Name
    session: str = Session
    queue: str = Field(max_length=200)
    attribute: str | None = Field(None, max_length=200, description="Only this one is asked.")
    category: str | None = Field(None, max_length=400)
    n: int = Field(1, ge=0, le=10, description="How many more.")
    holding: list[str] = Field(
        default_factory=list, max_length=20, description="What the page has and wants to keep."
    )


class CardReading(BaseModel):
    """One attribute as it stands, for a person to judge. What may sway them is null when blind."""

    attribute: str
    value: list[str] = Field(description="What stands, or was read where nothing stands.")
    confidence: float | None
    calibrated: bool | None = Field(
        description="Whether confidence and probabilities were fitted to labels."
    )
    source: str | None = Field(description="photo, text, both or person.")
    words: list[str] = Field(
        description="What title and description say for it, the strongest first; empty when blind."
    )
    shown: bool | None = Field(description="Whether it stands in the attributes table.")
    probabilities: dict[str, float] | None


class Card(BaseModel):
    """One product to look at."""

    product_id: str
    title: str
    metadata: dict[str, Known]
    readings: list[CardReading]
    issues: list[str] = Field(description="What rules found odd, as sentences.")


class NextAnswer(BaseModel):
    """Products that are this page's to look at, for some minutes."""

    products: list[Card]
    held: list[str] = Field(description="Of those it was holding, what is still its to review.")
    left: int = Field(description="Products of the queue that nobody has reviewed.")
    total: int = Field(description="Products of the queue.")
    here: list[str] = Field(description="Who is reviewing now.")


class SaveQuery(_Asked):
    """What a person says of a product."""

    save_id: str = Key
    person: str = Name
    session: str = Session
    product_id: str = ProductId
    answers: dict[str, list[str]] = Field(
        max_length=200, description="Attribute → options. What is left out is not spoken of."
    )
    queue: str = Field("", max_length=200)
    note: str = Field("", max_length=2000)


class SaveAnswer(BaseModel):
    """What was kept."""

    save_id: str
    confirmed: int
    corrected: int
    reverted: int


class UndoQuery(_Asked):
    """A save to be taken back."""

    save_id: str = Key
    undone: str = Field(min_length=1, max_length=200, description="The key of that save.")
    person: str = Name
    session: str | None = Field(
        None, min_length=8, max_length=80, description="The page that shows the product again."
    )


class SkipQuery(_Asked):
    """A product that this person does not want to judge."""

    person: str = Name
    session: str = Session
    product_id: str = ProductId


class ReleaseQuery(_Asked):
    """The page is left: what it holds is free."""

    session: str = Session


class LoginQuery(_Asked):
    """The token."""

    token: str = Field(max_length=1000)


class PersonProgress(BaseModel):
    """What one person has said so far."""

    person: str
    products: int
    confirmed: int
    corrected: int
    last: datetime


class ProgressAnswer(BaseModel):
    """How far it is."""

    products: int = Field(description="Of the catalog.")
    reviewed: int = Field(description="Products of which somebody's word stands.")
    corrections: int = Field(description="Values that stand and differ from what was read.")
    people: list[PersonProgress]


class AgreementOf(BaseModel):
    """Two people, one attribute."""

    attribute: str
    people: list[str]
    products: int
    agree: float
    kappa: float | None = Field(description="Cohen's; null where both always said one thing.")


class DifferenceAbout(BaseModel):
    """A product of which people say different things."""

    product_id: str
    title: str
    attribute: str
    said: list[tuple[str, list[str]]] = Field(description="Who says what; the last one counts.")


class AgreementAnswer(BaseModel):
    """How far people agree."""

    pairs: list[AgreementOf]
    differences: list[DifferenceAbout]
    more: int = Field(description="Differences beyond those told.")


class Entry(BaseModel):
    """Something that a person said."""

    save_id: str
    attribute: str
    kind: str
    value: list[str] | None
    before: list[str] | None
    person: str
    said_at: datetime
    queue: str
    note: str


class HistoryAnswer(BaseModel):
    """All that was said of a product, the latest first."""

    product_id: str
    entries: list[Entry]
