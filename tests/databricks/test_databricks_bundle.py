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
        ("databricks.yml", "include:", "includes:", "includes: there is no such field"),
        ("databricks.yml", "mode: production", "mode: productive", "is none of development"),
        ("databricks.yml", "root_path:", "root_paths:", "root_paths: there is no such field"),
        ("databricks.yml", "    description: Schema", "    about: Schema", "no such field"),
        ("databricks.yml", "mode: production", "mode: production\n    resources:\n      jobs:\n"
         "        tag_catalog:\n          retries: 2", "tag_catalog.retries: there is no such"),
        ("resources/jobs.yml", "CAN_MANAGE_RUN", "CAN_QUERY", "'CAN_QUERY' is none of"),
        ("resources/serving.yml", "level: CAN_QUERY", "levels: CAN_QUERY", "it needs a level"),
        ("resources/jobs.yml", "      max_concurrent_runs: 1\n", "      max_concurrent_runs: 1\n"
         "      lifecycle:\n        keep: true\n", "lifecycle.keep: there is no such field"),
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


MORE = """
resources:
  catalogs:
    shop:
      name: shop
      grants:
        - principal: users
          privileges: [USE_CATALOG]
  schemas:
    wear:
      name: ${var.schema}
      catalog_name: ${var.catalog}
      comment: Tables of products.
      properties: {owner: shop}
      lifecycle:
        prevent_destroy: true
      grants:
        - principal: ${var.readers}
          privileges: [SELECT, USE_SCHEMA]
  volumes:
    photos:
      name: ${var.volume}
      catalog_name: ${var.catalog}
      schema_name: ${resources.schemas.wear.name}
      volume_type: MANAGED
      grants:
        - principal: ${var.readers}
          privileges:
            - READ_VOLUME
  registered_models:
    compact:
      name: compact
      catalog_name: ${var.catalog}
      schema_name: ${var.schema}
  vector_search_endpoints:
    one:
      name: ${var.index_endpoint}
      endpoint_type: STANDARD
      target_qps: 10
      permissions:
        - level: CAN_USE
          group_name: ${var.readers}
  vector_search_indexes:
    search:
      name: ${var.catalog}.${var.schema}.search_index
      endpoint_name: ${resources.vector_search_endpoints.one.name}
      primary_key: product_id
      index_type: DELTA_SYNC
      delta_sync_index_spec:
        source_table: ${var.catalog}.${var.schema}.search
        pipeline_type: TRIGGERED
        embedding_vector_columns:
          - name: photo_vector
            embedding_dimension: 256
  experiments:
    runs:
      name: /Shared/hangtag
  models:
    old:
      name: old
  clusters:
    small:
      spark_version: 17.3.x-scala2.13
      num_workers: 2
      autotermination_minutes: 30
  sql_warehouses:
    asking:
      name: asking
      cluster_size: Small
      enable_serverless_compute: true
  pipelines:
    flow:
      name: flow
      continuous: false
  quality_monitors:
    drift:
      table_name: a.b.c
      output_schema_name: a.b
      assets_dir: /Shared/drift
      snapshot: {}
"""


@pytest.fixture
def more(bundle: Path) -> Path:
    """A file of resources of every other kind that is checked."""
    (bundle / "resources" / "more.yml").write_text(MORE)
    return bundle / "resources" / "more.yml"


def test_resources_of_other_kinds_pass(bundle: Path, more: Path) -> None:
    """Whoever has bundles make schemas, volumes, models and indexes has them checked as well."""
    assert more.exists()
    assert check_bundle(bundle) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("comment: Tables", "remark: Tables", (13, "schemas.wear.remark: there is no such field")),
        ("{owner: shop}", "owner", (14, "schemas.wear.properties: should be a mapping")),
        ("prevent_destroy: true", "prevent_destroy: 1", (16, "1 should be of type bool")),
        ("USE_SCHEMA", "USE_SCHEMES", (19, "'USE_SCHEMES' is none of")),
        (
            "      schema_name: ${resources",
            "      schema: ${resources",
            (21, "a schema_name"),
        ),
        ("volume_type: MANAGED", "volume_type: OWN", (25, "'OWN' is none of")),
        ("            - READ_VOLUME", "            - READ_TAPE", (29, "'READ_TAPE' is none of")),
        ("      name: compact", "      names: compact", (32, "names: there is no such field")),
        ("endpoint_type: STANDARD", "endpoint_type: FAST", (38, "'FAST' is none of")),
        ("target_qps: 10", "target_qps: ten", (39, "'ten' should be of type int")),
        ("CAN_USE", "CAN_QUERY", (41, "'CAN_QUERY' is none of")),
        ("primary_key: product_id", "key: product_id", (47, "search.key: there is no such field")),
        (
            "pipeline_type: TRIGGERED",
            "pipeline: TRIGGERED",
            (51, "spec.pipeline: "),
        ),
        ("embedding_dimension: 256", "embedding_dimension: '256'", (54, "should be of type int")),
        ("num_workers: 2", "workers: 2", (64, "clusters.small.workers: there is no such field")),
        (
            "schemas.wear.name",
            "schemas.wool.name",
            (24, "refers to nothing"),
        ),
        ("  models:\n    old:\n      name: old", "  models: [old]", (58, "should be a mapping")),
        ("  experiments:", "  experiment:", (55, "resources.experiment: a kind that is not")),
    ],
)
def test_a_fault_in_a_resource_of_any_kind_is_named_with_its_line(
    bundle: Path, more: Path, old: str, new: str, told: tuple[int, str]
) -> None:
    """That of the field, or, for one that is missing, of what lacks it."""
    assert MORE.count(old) == 1
    more.write_text(MORE.replace(old, new))
    found = check_bundle(bundle)
    assert {finding.file for finding in found} == {"resources/more.yml"}
    line, what = told
    assert any(what in finding.what and finding.line == line for finding in found), found


@pytest.mark.parametrize(
    "wrong",
    [
        "5",
        "[1]",
        "text",
        "{jobs: 5}",
        "{jobs: {a: 5}}",
        "{jobs: {a: {tasks: 5, job_clusters: [1], parameters: {}}}}",
        "{schemas: {a: }}",
        "{jobs: {a: {tasks: [1, {}]}}}",
    ],
)
def test_what_has_no_shape_at_all_is_a_finding(bundle: Path, wrong: str) -> None:
    """And no crash."""
    (bundle / "resources" / "more.yml").write_text(f"resources: {wrong}\n")
    found = check_bundle(bundle)
    assert {(finding.file, finding.line) for finding in found} == {("resources/more.yml", 1)}


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
    assert {finding["line"] for finding in told["findings"]} == {1}
    code, out, _ = hangtag("check", folder)
    assert "resources/serving.yml:1: resources.jobs.a.nam: there is no such field" in out
    assert told["live"]
    code, _, err = hangtag("check", str(tmp_path))
    assert code == 2
    assert "databricks init" in err
