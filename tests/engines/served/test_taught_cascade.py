"""A cascade with heads that were taught: who is asked about what, and what is read again."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_server import Answer, Asked, ChatServer, sensible
from colour_shop import ColourShop
from PIL import Image

from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.cascade import CascadeEngine
from hangtag.engines.registry import open_engine, register_engine
from hangtag.taxonomy import default_taxonomy, load_taxonomy
from hangtag.teaching import teach
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

OWN = """
extends: fashion
name: shades
version: 1
attributes:
  shade:
    tier: 2
    options: {dark: , light: }
"""
PRODUCTS = 90


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ColourShop:
    """Every other product is dark; every tenth is so nearly grey that nobody could tell."""
    shop = ColourShop(tmp_path_factory.mktemp("shades"))
    rng = np.random.default_rng(0)
    for number in range(PRODUCTS):
        shop.add(f"p{number}", photo=False, productDisplayName=f"Tee {number}")
        colour = rng.integers(0, 60, 3) + (0 if number % 2 else 190)
        if number % 10 == 9:
            colour = rng.integers(110, 130, 3)
        Image.new("RGB", (24, 32), tuple(colour.tolist())).save(shop.photo(f"p{number}"))
    shop.catalog()
    return shop


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def workspace(shop: ColourShop, tmp_path: Path) -> Workspace:
    """Its products have been read, by no engine that counts here."""
    workspace = Workspace(tmp_path / "out")
    shop.tag(workspace, ScriptedEngine())
    return workspace


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server answers is remembered for the length of a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def labels(folder: Path, attribute: str, options: tuple[str, str], count: int = 60) -> Path:
    path = folder / f"{attribute}{count}.csv"
    # Of those in between, half of the labels say this and half that.
    rows = [f"p{n},{attribute},{options[(n + (n % 20 == 19)) % 2]}" for n in range(count)]
    path.write_text("\n".join(["id,attribute,value", *rows]) + "\n", encoding="utf-8")
    return path


def shades(asked: Asked) -> Answer | None:
    """Says light of everything, where the shade is asked for."""
    answer = sensible(asked)
    if "shade:" not in asked.text or asked.body.get("logprobs"):
        return answer
    return Answer(json.dumps({**json.loads(answer.text), "shade": "light"}))


def tag(shop: ColourShop, workspace: Workspace, *more: str) -> int:
    return run([
        "tag", str(shop.styles), "--images", str(shop.images), "--out", str(workspace.path),
        "--engine", "cascade", "--processes", "1", "--quiet", "--json", *more,
    ])  # fmt: skip


def served(server: ChatServer) -> tuple[str, ...]:
    return ("--then", "served", "--base-url", server.url, "--model", "tiny")


def read_at(workspace: Workspace) -> dict[tuple[str, str], Any]:
    rows = workspace.read("readings").to_pylist()
    return {(r["product_id"], r["attribute"]): (r["read_at"], r["engine_version"]) for r in rows}


@pytest.mark.slow
def test_only_what_the_taught_head_is_unsure_of_goes_on_and_a_lesson_reads_itself_again(
    shop: ColourShop, workspace: Workspace, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the first lesson, and after a second one."""
    with ChatServer(shades) as server:
        first = labels(own.parent, "shade", ("light", "dark"))
        told = load_taxonomy(own)
        assert teach(workspace, first, taxonomy=told, taxonomy_file=own, processes=1).taught
        capsys.readouterr()
        server.asked.clear()
        assert tag(shop, workspace, *served(server)) == 0
        figures = json.loads(capsys.readouterr().out)["engine_figures"]
        assert figures["thresholds"]["shade"] == 0.95
        assert 0 < figures["share_on"]["shade"] < 0.5
        asked = {a.photo for a in server.asked if "shade:" in a.text}
        assert 0 < len(asked) <= round(figures["share_on"]["shade"] * PRODUCTS)
        after = read_at(workspace)

        rows = workspace.read("readings").to_pylist()
        said = {r["product_id"]: r["value"] for r in rows if r["attribute"] == "shade"}
        clear = [n for n in range(60, PRODUCTS) if n % 10 != 9]
        right = [said[f"p{n}"] == ["dark" if n % 2 else "light"] for n in clear]
        assert np.mean(right) > 0.9

        capsys.readouterr()
        assert tag(shop, workspace, *served(server)) == 0
        assert json.loads(capsys.readouterr().out)["reused"] == PRODUCTS

        second = labels(own.parent, "shade", ("light", "dark"), count=80)
        assert teach(workspace, second, processes=1).taught == ["shade"]
        assert tag(shop, workspace, *served(server)) == 0
        again = read_at(workspace)
        changed = {attribute for (_, attribute), was in after.items()
                   if again[_, attribute] != was}  # fmt: skip
        assert changed == {"shade"}
        assert all(again[key] != after[key] for key in after if key[1] == "shade")


def test_what_ships_says_nothing_of_a_head_that_was_taught(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Its answers stand from the target on; those of others as before, and so does the version."""
    taxonomy = default_taxonomy()

    def opened(**more: Any) -> CascadeEngine:
        cheap = open_engine("compact", taxonomy, **more)
        return CascadeEngine(taxonomy, cheap, ScriptedEngine(version="2"), target=0.9)

    bare = opened()
    assert bare.attribute_versions == {}
    assert bare.thresholds["pattern"] != 0.9
    assert teach(
        workspace, labels(tmp_path, "pattern", ("solid color", "striped")), processes=1
    ).taught == ["pattern"]
    taught = opened(taught=workspace.taught_file)
    assert taught.thresholds == {**bare.thresholds, "pattern": 0.9}
    assert taught.version == bare.version
    assert taught.attribute_versions.keys() == {"pattern"}


def test_heads_go_to_the_engine_that_knows_what_they_are(
    workspace: Workspace, tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first or the second; of an engine of somebody's own nobody knows."""
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    given: list[set[str]] = []

    def mine(*_: object, **options: object) -> ScriptedEngine:
        given.append(set(options))
        return ScriptedEngine(version="2")

    register_engine("mine", mine)
    told = load_taxonomy(own)
    teach(workspace, labels(tmp_path, "shade", ("light", "dark")), taxonomy=told, processes=1)
    for first, then in (("compact", "mine"), ("mine", "compact"), ("compact", "compact")):
        with pytest.warns(match="every product goes on") if first == "mine" else nullcontext():
            engine = open_engine(
                "cascade", told, first=first, then=then, taught=workspace.taught_file
            )
        assert isinstance(engine, CascadeEngine)
        assert engine.attribute_versions.keys() == {"shade"}
    assert given == [set(), set()]


def test_a_cascade_of_engines_that_take_no_heads_goes_without(
    shop: ColourShop, workspace: Workspace, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace with lessons is no reason to refuse one."""
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_engine("mine", lambda *_: ScriptedEngine(version="2"))
    register_engine("other", lambda *_: ScriptedEngine(version="3"))
    first = labels(own.parent, "shade", ("light", "dark"))
    teach(workspace, first, taxonomy=load_taxonomy(own), taxonomy_file=own, processes=1)
    assert tag(shop, workspace, "--first", "mine", "--then", "other") == 0
    assert "shade" not in {attribute for _, attribute in read_at(workspace)}
