"""The table ``corrections``: saves come in, from many people and processes, once each.

A save is one commit: all of its rows or none. It carries a key that its sender chose, so that a
save whose answer was lost can be sent again. Another process that commits in the same moment makes
ours fail and be tried again (``delta.replace``); two that commit the same save write the same rows
in the place of each other.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hangtag import delta
from hangtag.corrections.rows import Correction, corrections_of, standing, to_table
from hangtag.deriving import PERSON
from hangtag.errors import UsageError
from hangtag.lookup import by_product
from hangtag.readings import CORRECTIONS
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Corrections", "Save", "plain_name"]

_KEY_LETTERS, _NAME_LETTERS, _NOTE_LETTERS = 200, 80, 2000
# Each save leaves a file: so many, and they become few.
_SAVES_TO_COMPACT = 64


@dataclass(frozen=True, slots=True)
class Save:
    """What one person says of one product, attribute → options, to be kept as one.

    ``save_id``: a key of the sender's choice, another one for each save. ``queue``: how the product
    came to the person, such as ``random``. ``said_at``: when, now if None.
    """

    save_id: str
    product_id: str
    answers: Mapping[str, Sequence[str]]
    person: str
    queue: str = ""
    note: str = ""
    said_at: datetime | None = None


class Corrections:
    """What people said of a workspace's products. For many threads, beside other processes.

    Raises WorkspaceError when the table cannot be read or made.
    """

    def __init__(self, place: Workspace):
        self._place = place
        self._path = place.table("corrections")
        self._taxonomy: Taxonomy = place.taxonomy()
        self._lock = threading.RLock()
        self._version = -1
        self._rows: list[Correction] = []
        self._by_save: dict[str, list[Correction]] = {}
        self._by_product: dict[str, list[Correction]] = {}
        self._standing: dict[str, dict[str, Correction]] = {}
        self._last: datetime | None = None
        self._saves = 0
        delta.create(self._path, CORRECTIONS)
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have saved."""
        with self._lock:
            version = delta.version(self._path)
            if version != self._version:
                self._by_save, self._by_product, self._standing, self._rows = {}, {}, {}, []
                self._take_up(corrections_of(self._place))
                self._version = version

    @property
    def version(self) -> int:
        """Grows whenever something was said."""
        return self._version

    def rows(self) -> list[Correction]:
        """All of it, in order, as last refreshed or saved."""
        with self._lock:
            return list(self._rows)

    def of_save(self, save_id: str) -> list[Correction]:
        """The rows of a save; none where there was no such save."""
        with self._lock:
            return list(self._by_save.get(save_id, ()))

    def of_product(self, product_id: str) -> list[Correction]:
        """All that was said of a product, in order."""
        with self._lock:
            return list(self._by_product.get(product_id, ()))

    def products(self) -> set[str]:
        """Products of which anything was ever said."""
        with self._lock:
            return set(self._by_product)

    def standing(self) -> dict[str, dict[str, Correction]]:
        """Product → attribute → the last word that nobody took back."""
        with self._lock:
            return dict(self._standing)

    def save(self, saves: Sequence[Save]) -> list[list[Correction]]:
        """Keep all of it in one commit and return the rows of each; done once however often sent.

        Raises UsageError where a save speaks of a product, attribute or option that is not there,
        or its key is that of another save; then nothing is kept.
        """
        with self._lock:
            self.refresh()
            fresh: dict[str, Save] = {}
            for one in saves:
                self._check(one)
                other = fresh.get(one.save_id)
                if other is not None and other != one:
                    raise _taken(one.save_id)
                if one.save_id not in self._by_save:
                    fresh[one.save_id] = one
            self._commit(self._rows_of(list(fresh.values())))
            return [self._by_save.get(one.save_id, []) for one in saves]

    def undo(self, save_id: str, undone: str, person: str, queue: str = "") -> list[Correction]:
        """Take back the save ``undone``; the rows that say so. Once, however often sent.

        ``save_id``: the key of this very undoing. Raises UsageError where there is no such save.
        """
        with self._lock:
            self.refresh()
            if save_id in self._by_save:
                return self._by_save[save_id]
            _check_words(save_id, person, "")
            target = [row for row in self._by_save.get(undone, ()) if row.value is not None]
            if not target:
                raise UsageError("There is no such save to undo.", "Load the page again.")
            gone = {row.reverts for row in self._rows}
            now = self._now()
            self._commit(
                [
                    Correction(
                        correction_id=f"{save_id}/{row.attribute}", save_id=save_id,
                        product_id=row.product_id, attribute=row.attribute, kind="reverted",
                        value=None, before=row.value, before_source=PERSON, read=row.read,
                        read_confidence=row.read_confidence, engine=row.engine,
                        engine_version=row.engine_version, taxonomy_version=row.taxonomy_version,
                        person=plain_name(person), said_at=now, queue=queue, note="",
                        reverts=row.correction_id,
                    )
                    for row in target
                    if row.correction_id not in gone
                ]
            )  # fmt: skip
            return self._by_save.get(save_id, [])

    def tidy(self) -> None:
        """Make few files of many, where many saves have left theirs."""
        if self._saves >= _SAVES_TO_COMPACT:
            self._saves = 0
            self._place.compact(only=["corrections"])

    def _commit(self, rows: list[Correction]) -> None:
        if not rows:
            return
        these = delta.among("correction_id", [row.correction_id for row in rows])
        delta.replace(self._path, these, to_table(rows))
        self._saves += 1
        version = delta.version(self._path)
        if version == self._version + 1:
            self._take_up(rows)
            self._version = version
        else:
            # Others were there too.
            self.refresh()

    def _take_up(self, rows: list[Correction]) -> None:
        self._rows += rows
        latest = max((row.said_at for row in rows), default=None)
        if latest is not None and (self._last is None or latest > self._last):
            self._last = latest
        for row in rows:
            self._by_save.setdefault(row.save_id, []).append(row)
            self._by_product.setdefault(row.product_id, []).append(row)
        for product_id in {row.product_id for row in rows}:
            found = standing(self._by_product[product_id])
            self._standing.pop(product_id, None)
            self._standing.update(found)

    def _now(self) -> datetime:
        """Now, and after all that was said before: the last word is the last one given."""
        now = datetime.now(UTC)
        last = self._last
        return now if last is None or now > last else last + timedelta(microseconds=1)

    def _check(self, one: Save) -> None:
        _check_words(one.save_id, one.person, one.note)
        if not one.answers:
            raise UsageError("The save says nothing.", "Confirm or correct an attribute.")
        for name, options in one.answers.items():
            _check_answer(self._taxonomy, name, options)
        before = self._by_save.get(one.save_id)
        if before and (
            before[0].product_id != one.product_id
            or {row.attribute: set(row.value or ()) for row in before}
            != {name: set(options) for name, options in one.answers.items()}
        ):
            raise _taken(one.save_id)

    def _rows_of(self, saves: list[Save]) -> list[Correction]:
        if not saves:
            return []
        ids = {one.product_id for one in saves}
        shown, read = (by_product(self._place, name, ids) for name in ("attributes", "readings"))
        found: list[Correction] = []
        now = self._now()
        for place, one in enumerate(saves):
            if one.product_id not in shown:
                raise UsageError(
                    f"There is no tagged product {one.product_id[:80]!r}.",
                    "Its id is the one that the catalog gives.",
                )
            readings = {row["attribute"]: row for row in read.get(one.product_id, ())}
            said_at = one.said_at or now + timedelta(microseconds=place)
            for name, options in one.answers.items():
                attribute = self._taxonomy[name]
                value = tuple(option for option in attribute.names if option in options)
                reading = readings.get(name, {})
                before, source = _before(
                    attribute,
                    shown[one.product_id][0],
                    self._standing.get(one.product_id, {}).get(name),
                )
                seen = before if before is not None else _tuple(reading.get("value"))
                found.append(
                    Correction(
                        correction_id=f"{one.save_id}/{name}", save_id=one.save_id,
                        product_id=one.product_id, attribute=name,
                        kind="confirmed" if seen == value else "corrected", value=value,
                        before=before, before_source=source, read=_tuple(reading.get("value")),
                        read_confidence=reading.get("confidence"), engine=reading.get("engine"),
                        engine_version=reading.get("engine_version"),
                        taxonomy_version=self._taxonomy.version, person=plain_name(one.person),
                        said_at=said_at, queue=one.queue, note=one.note.strip(), reverts=None,
                    )
                )  # fmt: skip
        return found


def _before(
    attribute: Attribute, row: Mapping[str, Any], said: Correction | None
) -> tuple[tuple[str, ...] | None, str | None]:
    """What stood until now, and who spoke for it. The table may be behind what was said."""
    if said is not None:
        return said.value, PERSON
    source = dict(row.get("sources") or ()).get(attribute.name)
    if source == PERSON:  # taken back since
        return None, None
    value = row.get(attribute.name)
    if value is None:
        return None, None
    return (tuple(value) if attribute.multiple else (value,)), source


def _tuple(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def plain_name(person: str) -> str:
    """A person's name, however it was typed."""
    return " ".join(unicodedata.normalize("NFC", person).split())


def _check_words(save_id: str, person: str, note: str) -> None:
    if not 1 <= len(save_id) <= _KEY_LETTERS:
        raise UsageError("A save needs a key of its own.", f"Up to {_KEY_LETTERS} letters.")
    if not 1 <= len(plain_name(person)) <= _NAME_LETTERS:
        raise UsageError("Who says so?", f"Give a name of up to {_NAME_LETTERS} letters.")
    if len(note) > _NOTE_LETTERS:
        raise UsageError("The note is too long.", f"Up to {_NOTE_LETTERS} letters are kept.")


def _check_answer(taxonomy: Taxonomy, name: str, options: Sequence[str]) -> None:
    if name not in {attribute.name for attribute in taxonomy}:
        raise UsageError(f"There is no attribute {name[:80]!r}.", "See the taxonomy.")
    attribute = taxonomy[name]
    for option in options:
        if option not in attribute.names:
            raise UsageError(f"{name} has no option {option[:80]!r}.", "See the taxonomy.")
    most = 1 if not attribute.multiple else attribute.at_most
    if not attribute.multiple and len(set(options)) != 1:
        raise UsageError(f"{name} has one option, not {len(set(options))}.", "Choose one.")
    if most is not None and len(set(options)) > most:
        raise UsageError(f"{name} has up to {most} options.", "Take some away.")


def _taken(save_id: str) -> UsageError:
    return UsageError(
        f"The key {save_id[:80]!r} is that of another save.", "Choose another key for each save."
    )
