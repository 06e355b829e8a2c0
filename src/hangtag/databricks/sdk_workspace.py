"""A live workspace, through databricks-sdk: the index made, or told to follow its table.

Host and credentials are those that the SDK finds in the environment, and stay there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hangtag.databricks.indexing import IndexPlan
from hangtag.errors import HangtagError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

__all__ = ["sync_index"]


def sync_index(plan: IndexPlan, *, minutes: float = 30.0) -> str:
    """Make the endpoint and the index if they are missing, else have the index synced.

    Returns ``created``, ``synced`` or ``building`` (it is not ready to be synced yet). ``minutes``:
    how long to wait for a new endpoint. Raises UsageError without credentials, or when the index is
    there and another one; HangtagError when the workspace refuses.
    """
    try:
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.errors.base import DatabricksError
    except ImportError as error:
        raise MissingExtraError("databricks-sdk", "databricks") from error
    try:
        client = WorkspaceClient(product="hangtag", product_version="0")
    except ValueError as error:
        raise UsageError(
            f"There is no workspace to talk to: {_first_line(error)}",
            "Set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile in "
            "DATABRICKS_CONFIG_PROFILE.",
        ) from error
    try:
        _endpoint(client, plan, minutes)
        return _index(client, plan)
    except DatabricksError as error:
        raise HangtagError(
            f"The workspace refused: {_first_line(error)}",
            "See sql/permissions.sql of the bundle for what it takes.",
        ) from error
    except TimeoutError as error:
        raise HangtagError(
            f"The endpoint {plan.endpoint} is not online after {minutes:g} minutes.",
            "Run the same command again later: it goes on from there.",
        ) from error


def _endpoint(client: WorkspaceClient, plan: IndexPlan, minutes: float) -> None:
    from databricks.sdk.errors import NotFound
    from databricks.sdk.service.vectorsearch import EndpointType

    endpoints = client.vector_search_endpoints
    try:
        endpoints.get_endpoint(plan.endpoint)
    except NotFound:
        endpoints.create_endpoint(plan.endpoint, EndpointType(plan.endpoint_type))
    endpoints.wait_get_endpoint_vector_search_endpoint_online(
        plan.endpoint, timeout=timedelta(minutes=minutes)
    )


def _index(client: WorkspaceClient, plan: IndexPlan) -> str:
    from databricks.sdk.errors import NotFound
    from databricks.sdk.service.vectorsearch import (
        DeltaSyncVectorIndexSpecRequest,
        EmbeddingVectorColumn,
        PipelineType,
        VectorIndexType,
    )

    indexes = client.vector_search_indexes
    try:
        there = indexes.get_index(plan.index)
    except NotFound:
        vectors = EmbeddingVectorColumn(embedding_dimension=plan.dimension, name=plan.column)
        indexes.create_index(
            plan.index, plan.endpoint, "product_id", VectorIndexType.DELTA_SYNC,
            delta_sync_index_spec=DeltaSyncVectorIndexSpecRequest(
                embedding_vector_columns=[vectors],
                pipeline_type=PipelineType(plan.pipeline),
                source_table=plan.source,
            ),
        )  # fmt: skip
        return "created"
    differing = plan.differences(there.as_dict())
    if differing:
        raise UsageError(
            f"The index {plan.index} is another one: {'; '.join(differing)}.",
            "An index cannot be changed: delete it, or choose another --prefix.",
        )
    if there.status is not None and there.status.ready is False:
        return "building"
    indexes.sync_index(plan.index)
    return "synced"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
