"""The review of one workspace: who gets which product, and what people say. No word of HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow.compute as pc

import hangtag
from hangtag import delta
from hangtag.corrections import (
    Correction,
    Corrections,
    Save,
    agreement,
    disagreements,
    not_taken_back,
    plain_name,
)
from hangtag.lookup import by_product, rows_of
from hangtag.review.claims import Claims
from hangtag.review.listing import Listing, read_listing
from hangtag.review.payloads import (
    AboutReview,
    AgreementAnswer,
    AgreementOf,
    AttributeAbout,
    Card,
    CardReading,
    Category,
    DifferenceAbout,
    Entry,
    HistoryAnswer,
    NextAnswer,
    NextQuery,
    OptionAbout,
    PersonProgress,
    ProgressAnswer,
    QueueAbout,
    SaveAnswer,
    SaveQuery,
    UndoQuery,
)
from hangtag.review.queues import QUEUES, SAMPLE, Line, line_up
from hangtag.serve import limits
from hangtag.serve.payloads import ReadAttribute
from hangtag.serve.photos import PhotoShelf, ServedPhoto
from hangtag.serve.products import UnknownProductError, describe_product
from hangtag.settling import deriving_of
from hangtag.taxonomy import Taxonomy
from hangtag.texts import Because
from hangtag.workspace import Workspace

__all__ = ["Desk"]

# Of kinds of products and of differences, so many are told.
_CATEGORIES, _DIFFERENCES = 200, 100
# Orders of large catalogs take time to make and memory to keep.
_LINES = 16


class Desk:
    """A workspace under review, for many threads.

    ``images`` None: photos are not shown. ``first``: the queue to begin with. ``said``: called with
    the products that people have just spoken of.
    """

    def __init__(
        self,
        place: Workspace,
        store: Corrections,
        claims: Claims,
        *,
        images: Path | None,
        first: str = "unsure",
        said: Callable[[set[str]], None] = lambda _: None,
    ):
        self._place = place
        self._store = store
        self._claims = claims
        self._said = said
        self._first = first
        self._taxonomy: Taxonomy = place.taxonomy()
        self._rules = place.rules()
        texts = deriving_of(place).texts
        self._because = Because(texts) if texts else None
        self._images = images
        self._photos = PhotoShelf(images, limits=limits.PHOTO, keep_bytes=limits.THUMBNAIL_BYTES)
        self._lock = threading.Lock()
        self._listed: tuple[int, Listing] | None = None
        self._lines: dict[tuple[str, str | None, str | None], tuple[Line, frozenset[str]]] = {}

    def size(self) -> int:
        """Products that can be reviewed."""
        return len(self._listing().ids)

    def about(self) -> AboutReview:
        """What there is to review."""
        listing = self._listing()
        return AboutReview(
            version=hangtag.__version__,
            products=len(listing.ids),
            attributes=[
                AttributeAbout(
                    name=a.name,
                    title=a.title,
                    question=a.question,
                    multiple=a.multiple,
                    at_most=a.at_most,
                    options=[OptionAbout(name=o.name, definition=o.definition) for o in a.options],
                )
                for a in self._taxonomy.read
            ],
            queues=[
                *(
                    QueueAbout(name=name, title=title, about=about)
                    for name, (title, about) in QUEUES.items()
                ),
                *(
                    QueueAbout(
                        name=SAMPLE + name,
                        title=f"Sample {name}",
                        about="Drawn to measure accuracy; confidence stays unseen.",
                    )
                    for name in self._samples()
                ),
            ],
            categories=[
                Category(name=name, products=count)
                for name, count in listing.categories()[:_CATEGORIES]
            ],
            photos=self._images is not None,
            queue=self._first,
        )

    def next(self, asked: NextQuery) -> NextAnswer:
        """The next products of a queue, held for this page. Raises UsageError."""
        self._store.refresh()
        line, members = self._line(asked.queue, asked.attribute, asked.category)
        person = plain_name(asked.person)
        through = line.through(self._store, person)
        # A page that slept too long may hold what somebody else has reviewed since.
        waited = [product_id for product_id in asked.holding if not through(product_id)]
        held = self._claims.renew(asked.session, person, waited)
        there = set(asked.holding)

        def waiting() -> Iterator[str]:
            for product_id in line.product_ids:
                if product_id not in there and not through(product_id):
                    yield product_id

        taken = self._claims.take(asked.session, person, waiting(), asked.n)
        if line.queue == "second" or line.blind:
            done = sum(map(through, line.product_ids))
        else:
            done = sum(i in members and through(i) for i in self._store.standing())
        return NextAnswer(
            products=[self._card(product_id, line) for product_id in taken],
            held=held,
            left=len(line.product_ids) - done,
            total=len(line.product_ids),
            here=self._claims.people(),
        )

    def save(self, asked: SaveQuery) -> SaveAnswer:
        """Keep what a person says; once, however often asked. Raises UsageError."""
        one = Save(
            asked.save_id, asked.product_id, asked.answers, asked.person, asked.queue, asked.note
        )
        (rows,) = self._store.save([one])
        self._claims.release(asked.session, [asked.product_id])
        self._said({asked.product_id})
        return _kept(asked.save_id, rows)

    def undo(self, asked: UndoQuery) -> SaveAnswer:
        """Take a save back; once, however often asked. Raises UsageError.

        The page that asks shows the product again: nobody else gets it as soon as it is free.
        """
        if asked.session is not None:
            taken = sorted({row.product_id for row in self._store.of_save(asked.undone)})
            self._claims.renew(asked.session, plain_name(asked.person), taken)
        rows = self._store.undo(asked.save_id, asked.undone, asked.person)
        self._said({row.product_id for row in rows})
        return _kept(asked.save_id, rows)

    def skip(self, session: str, person: str, product_id: str) -> None:
        """Leave a product to others."""
        self._claims.skip(session, plain_name(person), product_id)

    def release(self, session: str) -> None:
        """Leave all that a page held to others."""
        self._claims.release(session)

    def progress(self) -> ProgressAnswer:
        """How far it is, and who did how much."""
        self._store.refresh()
        stands = self._store.standing()
        people: dict[str, list[Correction]] = {}
        for row in not_taken_back(self._store.rows()):
            people.setdefault(row.person, []).append(row)
        return ProgressAnswer(
            products=self.size(),
            reviewed=len(stands),
            corrections=sum(
                row.value != row.read for said in stands.values() for row in said.values()
            ),
            people=[
                PersonProgress(
                    person=person,
                    products=len({row.product_id for row in rows}),
                    confirmed=sum(row.kind == "confirmed" for row in rows),
                    corrected=sum(row.kind == "corrected" for row in rows),
                    last=rows[-1].said_at,
                )
                for person, rows in sorted(people.items())
            ],
        )

    def agreement(self) -> AgreementAnswer:
        """How far people agree, and where they do not."""
        self._store.refresh()
        rows = self._store.rows()
        differing = disagreements(rows)
        shown = differing[:_DIFFERENCES]
        products = by_product(self._place, "products", {one.product_id for one in shown})
        titles = {product_id: found[0]["title"] or "" for product_id, found in products.items()}
        return AgreementAnswer(
            pairs=[
                AgreementOf(
                    attribute=one.attribute, people=list(one.people), products=one.products,
                    agree=one.agree, kappa=one.kappa,
                )
                for one in agreement(rows, self._taxonomy)
            ],
            differences=[
                DifferenceAbout(
                    product_id=one.product_id,
                    title=titles.get(one.product_id, ""),
                    attribute=one.attribute,
                    said=[(person, list(value)) for person, value in one.said.items()],
                )
                for one in shown
            ],
            more=max(0, len(differing) - _DIFFERENCES),
        )  # fmt: skip

    def history(self, product_id: str) -> HistoryAnswer:
        """All that was said of a product. Raises UnknownProductError."""
        self._known(product_id)
        self._store.refresh()
        return HistoryAnswer(
            product_id=product_id,
            entries=[
                Entry(
                    save_id=row.save_id, attribute=row.attribute, kind=row.kind,
                    value=None if row.value is None else list(row.value),
                    before=None if row.before is None else list(row.before),
                    person=row.person, said_at=row.said_at, queue=row.queue, note=row.note,
                )
                for row in reversed(self._store.of_product(product_id))
            ],
        )  # fmt: skip

    def card(self, product_id: str) -> Card:
        """One product, as it stands. Raises UnknownProductError."""
        self._known(product_id)
        return self._card(product_id, Line("", (), None))

    def photo_tag(self, product_id: str, width: int | None) -> str:
        """See ``PhotoShelf.tag``. Raises UnknownProductError."""
        return self._photos.tag(product_id, self._photo_of(product_id), width)

    def photo(self, product_id: str, width: int | None) -> ServedPhoto:
        """See ``PhotoShelf.photo``. Raises UnknownProductError."""
        return self._photos.photo(product_id, self._photo_of(product_id), width)

    def _photo_of(self, product_id: str) -> str | None:
        self._known(product_id)
        rows = rows_of(self._place, "products", product_id)
        return rows[0]["photo"] if rows else None

    def _known(self, product_id: str) -> None:
        if product_id not in self._listing().at:
            raise UnknownProductError(product_id)

    def _listing(self) -> Listing:
        """Read again when a run has ended a wave; what people say changes no queue's order."""
        version = delta.version(self._place.table("ledger"))
        with self._lock:
            if self._listed is None or self._listed[0] != version:
                self._listed = version, read_listing(self._place, self._taxonomy)
                self._lines.clear()
            return self._listed[1]

    def _line(
        self, queue: str, attribute: str | None, category: str | None
    ) -> tuple[Line, frozenset[str]]:
        listing = self._listing()
        if queue == "second":
            these = sorted(self._store.standing(), key=lambda i: listing.at.get(i, -1))
            line = line_up(listing, queue, attribute, category, these)
            return line, frozenset(line.product_ids)
        key = (queue, attribute, category)
        with self._lock:
            found = self._lines.get(key)
        if found is None:
            these = self._sample(queue.removeprefix(SAMPLE)) if queue.startswith(SAMPLE) else []
            line = line_up(listing, queue, attribute, category, these)
            found = line, frozenset(line.product_ids)
            with self._lock:
                if len(self._lines) >= _LINES:
                    self._lines.clear()
                self._lines[key] = found
        return found

    def _samples(self) -> list[str]:
        if not self._place.has("samples"):
            return []
        names: list[str] = self._place.read("samples", ["sample"])["sample"].unique().to_pylist()
        return sorted(names)

    def _sample(self, name: str) -> list[str]:
        if not self._place.has("samples"):
            return []
        columns = ["product_id", "position"]
        rows = self._place.read("samples", columns, pc.field("sample") == name)
        found: list[str] = rows.sort_by("position")["product_id"].to_pylist()
        return found

    def _card(self, product_id: str, line: Line) -> Card:
        found = describe_product(
            self._place, self._taxonomy, self._rules, product_id, self._because
        )
        if found is None:
            raise UnknownProductError(product_id)
        listing = self._listing()
        at = listing.at.get(product_id)
        said = {} if line.queue == "second" else self._store.standing().get(product_id, {})
        fresh = line.queue == "second"
        return Card(
            product_id=product_id,
            title=found.title,
            metadata=found.metadata,
            readings=[
                self._reading(one, said.get(one.attribute), line.blind, fresh)
                for one in found.readings
                if (at is None or bool(listing.asked[one.attribute][at]))
                and line.attribute in (None, one.attribute)
            ],
            issues=[] if line.blind else self._odd(found.issues),
        )

    def _odd(self, issues: Sequence[str]) -> list[str]:
        """Each once, without that a reading is not sure enough: its row says so."""
        unsure = self._rules.explain("unsure:")
        return [issue for issue in dict.fromkeys(issues) if issue != unsure]

    def _reading(
        self, one: ReadAttribute, said: Correction | None, blind: bool, fresh: bool
    ) -> CardReading:
        value, confidence, source = one.value, one.confidence, one.source
        if said is not None:
            value, confidence, source = list(said.value or ()), 1.0, "person"
        elif source == "person":
            # Taken back a moment ago, or not to be seen.
            value, confidence, source = one.read, one.read_confidence, "photo"
        return CardReading(
            attribute=one.attribute,
            value=value,
            confidence=None if blind else confidence,
            calibrated=None if blind else one.calibrated,
            source=None if blind else source,
            words=one.words if source in ("text", "both") and not blind else [],
            shown=None if blind else one.shown or fresh,
            probabilities=None if blind else one.probabilities,
        )


def _kept(save_id: str, rows: Sequence[Correction]) -> SaveAnswer:
    kinds = [row.kind for row in rows]
    return SaveAnswer(
        save_id=save_id,
        confirmed=kinds.count("confirmed"),
        corrected=kinds.count("corrected"),
        reverted=kinds.count("reverted"),
    )
