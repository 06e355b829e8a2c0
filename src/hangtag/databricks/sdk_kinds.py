"""Which kinds of resources a bundle may have, and their fields, as databricks-sdk declares them.

A resource in a bundle takes what the API's call takes that creates it, and what bundles add to
that: permissions or grants, and a lifecycle.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hangtag.errors import MissingExtraError

__all__ = ["resource_kinds"]


@dataclasses.dataclass(kw_only=True)
class _Lifecycle:
    prevent_destroy: bool | None = None
    started: bool | None = None


def resource_kinds() -> dict[str, type]:
    """Kind of resource → a dataclass of its fields. Raises MissingExtraError."""
    try:
        from databricks.sdk.service import (
            catalog,
            compute,
            jobs,
            ml,
            pipelines,
            serving,
            sql,
            vectorsearch,
        )
    except ImportError as error:
        raise MissingExtraError("databricks-sdk", "databricks") from error
    grants = list[catalog.PrivilegeAssignment]
    # What bundles fill in where it is left out.
    managed = {"volume_type": catalog.VolumeType | None}
    may = {
        "clusters": (compute.ClustersAPI.create, compute.ClusterPermissionLevel),
        "experiments": (ml.ExperimentsAPI.create_experiment, ml.ExperimentPermissionLevel),
        "jobs": (jobs.JobSettings, jobs.JobPermissionLevel),
        "model_serving_endpoints": (
            serving.ServingEndpointsAPI.create, serving.ServingEndpointPermissionLevel,
        ),
        "models": (ml.ModelRegistryAPI.create_model, ml.RegisteredModelPermissionLevel),
        "pipelines": (pipelines.PipelinesAPI.create, pipelines.PipelinePermissionLevel),
        "sql_warehouses": (sql.WarehousesAPI.create, sql.WarehousePermissionLevel),
        "vector_search_endpoints": (
            vectorsearch.VectorSearchEndpointsAPI.create_endpoint,
            # Older releases have no permissions of these.
            getattr(vectorsearch, "VectorSearchEndpointPermissionLevel", str),
        ),
    }  # fmt: skip
    granted: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
        "catalogs": (catalog.CatalogsAPI.create, {}),
        "external_locations": (catalog.ExternalLocationsAPI.create, {}),
        "registered_models": (catalog.RegisteredModelsAPI.create, {}),
        "schemas": (catalog.SchemasAPI.create, {}),
        "vector_search_indexes": (vectorsearch.VectorSearchIndexesAPI.create_index, {}),
        "volumes": (catalog.VolumesAPI.create, managed),
    }
    kinds = {
        kind: _kind(kind, source, permissions=list[_permission(levels)])  # type: ignore[misc]
        for kind, (source, levels) in may.items()
    }
    kinds |= {
        kind: _kind(kind, source, grants=grants, **more) for kind, (source, more) in granted.items()
    }
    kinds["quality_monitors"] = _kind("quality_monitors", catalog.QualityMonitorsAPI.create)
    return kinds


def _permission(levels: type) -> type:
    """Who may do what, as bundles say it."""
    names = ("user_name", "group_name", "service_principal_name")
    return dataclasses.make_dataclass(
        "Permission",
        [("level", levels), *((name, str, dataclasses.field(default="")) for name in names)],
        kw_only=True,
    )


def _kind(name: str, source: Any, **more: Any) -> type:
    """The fields of a dataclass, or the parameters of a call, and more of them."""
    told = [field for field in _fields(source) if field[0] not in more]
    told += [(field, kind, False) for field, kind in (more | {"lifecycle": _Lifecycle}).items()]
    return dataclasses.make_dataclass(
        name,
        [
            (field, kind) if required else (field, kind, dataclasses.field(default=None))
            for field, kind, required in told
        ],
        kw_only=True,
    )


def _fields(source: Any) -> Iterator[tuple[str, Any, bool]]:
    """Name, type, whether it is required."""
    hints = typing.get_type_hints(source)
    for name, parameter in inspect.signature(source).parameters.items():
        if name != "self":
            yield name, hints[name], parameter.default is inspect.Parameter.empty
