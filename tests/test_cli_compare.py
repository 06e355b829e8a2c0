"""``hangtag compare``, from tagging to the page."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from colour_shop import ColourShop
from numpy.typing import NDArray

from hangtag.cli.entry import run
from hangtag.embedders import registry
from hangtag.embedders.registry import register_embedder
from hangtag.search import build_index
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

pytest.importorskip("lancedb")


class Letters:
    """An embedder for which words are as near as their letters: it knows nothing of clothes."""

    name, version, dimension, sides, batch_size = "letters", "1", 8, (32,), 16

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([_unit(zlib.crc32(text.encode())) for text in texts])

    def embed_photos(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([_unit(int(one.sum())) for one in pixels])


def _unit(seed: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).normal(size=8)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty T-shirts of three patterns that their titles do not tell; read rightly, and indexed."""
    folder = tmp_path_factory.mktemp("compare")
    shop = ColourShop(folder)
    patterns = ("striped", "checkered", "solid color")
    answers, labels = {}, ["id,attribute,value"]
    for number in range(60):
        product_id, pattern = f"p{number}", patterns[number % 3]
        shop.add(product_id, productDisplayName=f"Tee No {number}")
        answers[product_id] = {"pattern": pattern}
        labels.append(f"{product_id},pattern,{pattern}")
    workspace = Workspace(folder / "shop")
    shop.tag(workspace, ScriptedEngine(answers=answers))
    build_index(workspace, embedder=Letters(), images=shop.images, processes=1)
    (folder / "labels.csv").write_text("\n".join(labels), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def embedders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedder for tests; forgotten afterwards."""
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_embedder("letters", lambda **_: Letters())


def asked(shop: Path, *more: str) -> list[str]:
    return ["compare", str(shop / "shop"), "--embedder", "letters", "--a", "metadata", *more]


def test_what_was_read_finds_what_titles_do_not_tell(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The difference that was planted is found, and titles are found as before."""
    queries = tmp_path / "queries.jsonl"
    labels = ["--labels", str(shop / "labels.csv"), "--write-queries", str(queries)]
    assert run(asked(shop, *labels, "--out", str(tmp_path / "page.html"), "--json")) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["configurations"] == ["metadata", "description"]
    found = {(d["group"], d["measure"]): d for d in told["differences"]}
    pattern = found["all but titles", "P@10"]
    assert pattern["b_mean"] > 0.9
    assert pattern["a_mean"] < 0.6
    assert pattern["p"] < 0.05
    assert found["title", "RR"]["queries"] == 60
    assert found["title", "RR"]["difference"] > -0.05
    assert told["page"] == str(tmp_path / "page.html")
    assert "data:image/jpeg" in (tmp_path / "page.html").read_text("utf-8")
    # The same queries from their file give the same figures.
    assert run(asked(shop, "--queries", str(queries), "--json")) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["differences"] == told["differences"]


def test_a_person_gets_tables(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of every configuration held against the first; the simulation is called one."""
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query": "striped tee", "relevant": ["p0", "p3"]}\n', encoding="utf-8")
    more = ["--b", "description", "--b", "title", "--queries", str(queries), "--quiet"]
    assert run(asked(shop, *more)) == 0
    told = capsys.readouterr().out
    assert "description against metadata, 1 queries" in told
    assert "title against metadata" in told
    assert "Simulated clicks" in told
    assert "nobody was asked" in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "Where are the queries?"),
        (["--queries", "Q", "--labels", "L"], "Where are the queries?"),
        (["--queries", "Q", "--source", "x"], "go with --labels"),
        (["--queries", "Q"], "None of the products that answer"),
        (["--queries", "Q", "--b", "best"], "no configuration named 'best'"),
        (["--queries", "Q", "--b", "metadata"], "nothing to compare"),
        (["--labels", "L", "--source", "nobody"], "The labels make no query"),
        (["--queries", "B"], "line 1: 'relevant' should"),
    ],
)
def test_what_cannot_be_compared_is_told_with_exit_code_2(
    shop: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    told: str,
) -> None:
    """And with what to do."""
    known = tmp_path / "q.jsonl"
    strange = "x" if "Q" in more and len(more) == 2 else "p0"
    known.write_text(json.dumps({"query": "tee", "relevant": [strange]}), encoding="utf-8")
    broken = tmp_path / "b.jsonl"
    broken.write_text('{"query": "tee"}', encoding="utf-8")
    paths = {"Q": str(known), "L": str(shop / "labels.csv"), "B": str(broken)}
    assert run(asked(shop, *(paths.get(one, one) for one in more))) == 2
    assert told in capsys.readouterr().err


def test_without_an_index_it_says_how_to_make_one(
    tmp_path: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1: the command was right, the workspace is not ready."""
    other = ColourShop(tmp_path, 5)
    other.tag(Workspace(tmp_path / "shop"))
    queries = tmp_path / "q.jsonl"
    queries.write_text(json.dumps({"query": "tee", "relevant": ["p0"]}), encoding="utf-8")
    assert run(asked(tmp_path, "--queries", str(queries))) == 1
    assert "hangtag index" in capsys.readouterr().err
