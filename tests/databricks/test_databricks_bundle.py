"""A bundle as it is written, and bundles that somebody has spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hangtag.cli.entry import run
from hangtag.databricks import Names, check_bundle, write_bundle
from hangtag.errors import UsageError

NAMES = Names("shop_catalog", "wear", "photos", "tag_", "search-one")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "bundle", NAMES)
    return tmp_path / "bundle"


def test_a_bundle_passes_its_check_as_it_is_written(bundle: Path) -> None:
    """Whatever it is called; and our names are in it, not those of the examples."""
    assert check_bundle(bundle) == []
    texts = {path: path.read_text("utf-8") for path in bundle.rglob("*") if path.is_file()}
    assert len(texts) >= 8
    assert not [path for path, text in texts.items() if "@@" in text or "fashion_demo" in text]
    assert "shop_catalog.wear.tag_ai_query" in (bundle / "sql" / "ai_query.sql").read_text()


def test_a_bundle_is_not_written_over_another_one(bundle: Path) -> None:
    """What people have changed is theirs."""
    write_bundle(bundle, NAMES)
    jobs = bundle / "resources" / "jobs.yml"
    jobs.write_text(jobs.read_text() + "# mine\n")
    with pytest.raises(UsageError, match=r"jobs\.yml is there already"):
        write_bundle(bundle, NAMES)
    write_bundle(bundle, NAMES, replace=True)
    assert "# mine" not in jobs.read_text()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("resources/jobs.yml", "timeout_seconds: 7200", "timeout_secs: 7200", "no such field"),
        ("resources/jobs.yml", "PAUSED", "RESTING", "'UNRESTING' is none of"),
        ("resources/jobs.yml", "max_retries: 2", "max_retries: often", "should be of type int"),
        ("resources/jobs.yml", "${var.hangtag}", "${var.wheel}", "${var.wheel} refers to nothing"),
        ("resources/jobs.yml", "- task_key: describe\n          depends",
         "- task_key: d\n          depends",
         "depends on describe, which is not there"),
        ("resources/jobs.yml", "job_cluster_key: one\n          new", "job_cluster_key: two\n"
         "          new", "there is no cluster one"),
        ("resources/jobs.yml", "- name: engine", "- name: motor", "no parameter engine"),
        ("resources/jobs.yml", "- --images", "- --pictures", "required: --images"),
        ("resources/jobs.yml", "src/run_task.py", "src/run_tasks.py", "is no Python file"),
        ("src/run_task.py", "import main", "import start", "has no start"),
        ("src/run_task.py", "tasks import", "chores import", "No module named"),
        ("resources/serving.yml", "CPU", "ABACUS", "'ABACUS' is none of"),
        ("resources/serving.yml", "model_serving_endpoints", "servers", "a kind that is not"),
        ("databricks.yml", "default: shop_catalog", "default: a b", "no name for a catalog"),
        ("databricks.yml", "resources/*.yml", "parts/*.yml", "nothing matches"),
        ("databricks.yml", "mode: production", "mode: production\n    variables:\n      shema: x",
         "there is no such variable"),
        ("databricks.yml", "include:", "includes:", "there is no such part"),
        ("resources/jobs.yml", "resources:\n", "resources:\nresources:\n", "a second time"),
        ("resources/jobs.yml", "resources:\n", "resources: [\n", "not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_bundle_is_found(
    bundle: Path, file: str, old: str, new: str, told: str
) -> None:
    """Each fault a person might make, without a workspace."""
    path = bundle / file
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new), "utf-8")
    found = check_bundle(bundle)
    assert any(told in finding.what for finding in found), found


def test_tasks_that_wait_for_each_other_are_found(bundle: Path) -> None:
    """Such a job never begins."""
    jobs = bundle / "resources" / "jobs.yml"
    first, after = (
        "\n        - task_key: tag\n",
        "          depends_on:\n            - task_key: embed\n",
    )
    jobs.write_text(jobs.read_text().replace(first, first + after))
    assert any("wait for each other" in finding.what for finding in check_bundle(bundle))


@pytest.mark.parametrize("wrong", ["", "a b", "x;--", "`", "a.b", "ä"])
def test_names_that_would_need_quoting_are_refused(wrong: str) -> None:
    """They get into SQL."""
    for what in ("catalog", "schema", "volume", "prefix"):
        with pytest.raises(UsageError, match=f"no name for a {what}"):
            Names(**{what: wrong})
    with pytest.raises(UsageError, match="no name for an endpoint"):
        Names(endpoint=wrong)


@pytest.fixture
def hangtag(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: str) -> tuple[int, str, str]:
        code = run(["databricks", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_command_writes_and_checks(
    tmp_path: Path, hangtag: Callable[..., tuple[int, str, str]]
) -> None:
    """And says with its exit code what it found, and what only a workspace can show."""
    folder = str(tmp_path / "b")
    code, out, _ = hangtag("init", "--catalog", "shop_catalog", "--out", folder, "--json")
    assert code == 0
    assert f"{folder}/databricks.yml" in json.loads(out)["files"]
    code, out, _ = hangtag("check", folder)
    assert code == 0
    assert "Only a live workspace can show" in out
    (tmp_path / "b" / "resources" / "serving.yml").write_text("resources: {jobs: {a: {nam: b}}}")
    code, out, _ = hangtag("check", folder, "--json")
    told = json.loads(out)
    assert code == 1
    assert {finding["file"] for finding in told["findings"]} == {"resources/serving.yml"}
    assert told["live"]
    code, _, err = hangtag("check", str(tmp_path))
    assert code == 2
    assert "databricks init" in err
