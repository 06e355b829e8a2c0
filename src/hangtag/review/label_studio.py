"""Reviews as Label Studio's tasks: what people said goes out as annotations, and comes in as such.

The format is that of Label Studio's JSON export (https://labelstud.io/guide/export): a list of
tasks with ``data``, ``annotations`` and ``predictions``, whose results are choices named for our
attributes. Beside the tasks lies the labelling interface that goes with them, as XML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pyarrow.compute as pc

from hangtag.corrections import (
    Correction,
    Corrections,
    Save,
    corrections_of,
    last_words,
    plain_name,
)
from hangtag.errors import LabelsError, PhotoError, WorkspaceError
from hangtag.images import locate
from hangtag.lookup import by_product
from hangtag.serve.photos import photos_folder
from hangtag.settling import settle
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["QUEUE", "export_tasks", "import_tasks", "interface"]

QUEUE = "label studio"
"""The queue of what comes in."""

_ROWS = 4096


def export_tasks(place: Workspace, path: Path) -> int:
    """Write all that was reviewed, or waits for it, as tasks to ``path``; how many there are.

    Readings are predictions, each person's last words an annotation. The interface goes to the
    same name with ``.xml``. Raises WorkspaceError where it cannot be written.
    """
    taxonomy = place.taxonomy()
    said = last_words(corrections_of(place))
    waiting = place.read("attributes", ["product_id"], pc.field("needs_review"))
    ids = sorted({product_id for product_id, _ in said} | set(waiting["product_id"].to_pylist()))
    folder = photos_folder(place, None)
    bare = place.uncalibrated()
    words: dict[str, dict[str, list[Correction]]] = {}
    for (product_id, _), people in said.items():
        for person, row in people.items():
            words.setdefault(product_id, {}).setdefault(person, []).append(row)
    tasks: list[dict[str, Any]] = []
    for start in range(0, len(ids), _ROWS):
        these = ids[start : start + _ROWS]
        products = by_product(place, "products", these)
        readings = by_product(place, "readings", these)
        for product_id in these:
            if product_id not in products:
                continue
            product = products[product_id][0]
            read = readings.get(product_id, [])
            tasks.append(
                {
                    "id": len(tasks) + 1,
                    "data": {
                        "product_id": product_id,
                        "title": product["title"] or "",
                        "image": _image(product_id, product["photo"], folder),
                    },
                    "annotations": [
                        _annotation(person, rows)
                        for person, rows in words.get(product_id, {}).items()
                    ],
                    "predictions": [_prediction(read, taxonomy, bare)] if read else [],
                }
            )
    try:
        path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", "utf-8")
        path.with_suffix(".xml").write_text(interface(taxonomy), "utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from error
    return len(tasks)


def interface(taxonomy: Taxonomy) -> str:
    """The labelling interface, as XML: the photo, its title, and a choice an attribute."""
    lines = ["<View>", '  <Image name="image" value="$image"/>']
    lines.append('  <Header value="$title"/>')
    for attribute in taxonomy.read:
        many = "multiple" if attribute.multiple else "single"
        lines.append(f"  <Header value={quoteattr(attribute.title)}/>")
        lines.append(
            f'  <Choices name={quoteattr(attribute.name)} toName="image" choice="{many}" '
            'showInline="true">'
        )
        lines += [f"    <Choice value={quoteattr(option)}/>" for option in attribute.names]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])


def import_tasks(place: Workspace, path: Path) -> int:
    """Take in the annotations of a JSON export; how many said something new.

    Each annotation is a save of the person who completed it, at the time it was made; what was
    taken in before is not taken in again. Raises LabelsError where the file is no such export, or
    speaks of products or options that are not there; then nothing is taken in.
    """
    taxonomy = place.taxonomy()
    store = Corrections(place)
    known = last_words(store.rows())
    saves: dict[str, Save] = {}
    for product_id, annotation in _annotations(path):
        person = _person(annotation.get("completed_by"))
        answers = dict(_answers(annotation, taxonomy, path))
        for name in list(answers):
            before = known.get((product_id, name), {}).get(person)
            if before is not None and set(before.value or ()) == set(answers[name]):
                del answers[name]
        if answers:
            said_at = _time(annotation)
            told = json.dumps([product_id, person, sorted(answers.items()), str(said_at)])
            key = f"label-studio/{hashlib.sha256(told.encode()).hexdigest()[:32]}"
            saves[key] = Save(key, product_id, answers, person, QUEUE, said_at=said_at)
    tagged = set(place.read("attributes", ["product_id"])["product_id"].to_pylist())
    strange = sorted({one.product_id for one in saves.values()} - tagged)
    if strange:
        raise LabelsError(
            f"{path} speaks of {len(strange):,} products that are not in {place.path}, such as "
            f"{strange[0][:80]!r}.",
            "Is it the export of another catalog?",
        )
    store.save(list(saves.values()))
    settle(place, {one.product_id for one in saves.values()})
    return len(saves)


def _annotation(person: str, rows: Sequence[Correction]) -> dict[str, Any]:
    when = max(row.said_at for row in rows).isoformat()
    return {
        "completed_by": {"email": person},
        "created_at": when,
        "updated_at": when,
        "was_cancelled": False,
        "result": [_result(row.attribute, row.value or ()) for row in rows],
    }


def _prediction(
    readings: Sequence[Mapping[str, Any]], taxonomy: Taxonomy, bare: Collection[str]
) -> dict[str, Any]:
    # Beside its scores, Label Studio shows this and nothing else of where they are from.
    mark = ", uncalibrated" if bare else ""
    names = {attribute.name for attribute in taxonomy.read}
    told = [row for row in readings if row["attribute"] in names]
    return {
        "model_version": f"{readings[0]['engine']} {readings[0]['engine_version']}{mark}",
        "score": min((row["confidence"] for row in told), default=0.0),
        "result": [
            _result(row["attribute"], row["value"] or ()) | {"score": row["confidence"]}
            for row in told
        ],
    }


def _result(attribute: str, value: Sequence[str]) -> dict[str, Any]:
    return {
        "from_name": attribute,
        "to_name": "image",
        "type": "choices",
        "value": {"choices": list(value)},
    }


def _image(product_id: str, photo: str | None, folder: Path | None) -> str:
    """Where Label Studio finds it, when its local storage is the folder of the photos."""
    if folder is None:
        return ""
    try:
        path = locate(product_id, photo, folder)
    except PhotoError:
        return ""
    inside = path.resolve().is_relative_to(folder.resolve())
    name = path.resolve().relative_to(folder.resolve()) if inside else Path(path.name)
    return f"/data/local-files/?d={quote(name.as_posix())}"


def _annotations(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        tasks = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LabelsError(
            f"{path} cannot be read: {error}.", "Export from Label Studio as JSON."
        ) from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise _strange(path)
    for task in tasks:
        data = task.get("data")
        product_id = data.get("product_id") if isinstance(data, dict) else None
        told = task.get("annotations")
        if not isinstance(product_id, (str, int)) or not isinstance(told, list):
            raise _strange(path)
        for annotation in told:
            if not isinstance(annotation, dict):
                raise _strange(path)
            if not annotation.get("was_cancelled"):
                yield str(product_id), annotation


def _strange(path: Path) -> LabelsError:
    return LabelsError(
        f"{path} is no export of Label Studio that hangtag understands.",
        "Export as JSON (not JSON-MIN); each task's data needs product_id.",
    )


def _answers(
    annotation: Mapping[str, Any], taxonomy: Taxonomy, path: Path
) -> Iterator[tuple[str, list[str]]]:
    attributes = {attribute.name: attribute for attribute in taxonomy}
    results = annotation.get("result")
    for result in results if isinstance(results, list) else ():
        if not isinstance(result, dict) or result.get("type") != "choices":
            continue
        name = result.get("from_name")
        value = result.get("value")
        choices = value.get("choices") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in attributes or not isinstance(choices, list):
            raise LabelsError(
                f"{path} speaks of {str(name)[:80]!r}, which is no attribute.",
                "Name the choices as the attributes are; --export-label-studio writes them so.",
            )
        options = [attributes[name].option_for(str(choice)) for choice in choices]
        if None in options or (not attributes[name].multiple and len(options) != 1):
            raise LabelsError(
                f"{path} says {', '.join(map(str, choices))[:80]!r} of {name}, which it cannot be.",
                "See hangtag taxonomy for its options.",
            )
        yield name, [option for option in options if option]


def _person(told: Any) -> str:
    if isinstance(told, dict):
        told = told.get("email") or told.get("username") or told.get("id")
    name = plain_name(str(told))[:60] if told is not None else ""
    return (f"label studio {name}" if name.isdigit() else name) or "label studio"


def _time(annotation: Mapping[str, Any]) -> datetime:
    now = datetime.now(UTC)
    for key in ("updated_at", "created_at"):
        told = annotation.get(key)
        if isinstance(told, str):
            try:
                when = datetime.fromisoformat(told)
            except ValueError:
                continue
            return min(now, when if when.tzinfo else when.replace(tzinfo=UTC))
    return now
