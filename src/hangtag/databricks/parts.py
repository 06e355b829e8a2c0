"""The parts of a bundle's files besides resources, with the fields that bundles document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Part", "Target"]


@dataclass(kw_only=True)
class _Bundle:
    name: str
    uuid: str | None = None
    databricks_cli_version: str | None = None
    cluster_id: str | None = None
    compute_id: str | None = None
    deployment: dict[str, Any] | None = None
    git: dict[str, str] | None = None


@dataclass(kw_only=True)
class _Variable:
    default: Any = None
    description: str | None = None
    lookup: dict[str, str] | None = None
    type: Literal["complex"] | None = None


@dataclass(kw_only=True)
class _Workspace:
    host: str | None = None
    profile: str | None = None
    auth_type: str | None = None
    client_id: str | None = None
    google_service_account: str | None = None
    azure_workspace_resource_id: str | None = None
    azure_use_msi: bool | None = None
    azure_client_id: str | None = None
    azure_tenant_id: str | None = None
    azure_environment: str | None = None
    azure_login_app_id: str | None = None
    account_id: str | None = None
    workspace_id: str | None = None
    root_path: str | None = None
    file_path: str | None = None
    resource_path: str | None = None
    artifact_path: str | None = None
    state_path: str | None = None


@dataclass(kw_only=True)
class _Permission:
    level: Literal["CAN_MANAGE", "CAN_VIEW", "CAN_RUN"]
    user_name: str | None = None
    group_name: str | None = None
    service_principal_name: str | None = None


@dataclass(kw_only=True)
class _RunAs:
    user_name: str | None = None
    service_principal_name: str | None = None


@dataclass(kw_only=True)
class Target:
    """What a target may say; its resources are laid over the bundle's and checked with them."""

    default: bool | None = None
    mode: Literal["development", "production"] | None = None
    cluster_id: str | None = None
    compute_id: str | None = None
    artifacts: dict[str, Any] | None = None
    bundle: dict[str, Any] | None = None
    git: dict[str, str] | None = None
    permissions: list[_Permission] | None = None
    presets: dict[str, Any] | None = None
    resources: dict[str, dict[str, Any]] | None = None
    run_as: _RunAs | None = None
    sync: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    workspace: _Workspace | None = None


@dataclass(kw_only=True)
class Part:
    """What a file may say."""

    bundle: _Bundle | None = None
    include: list[str] | None = None
    variables: dict[str, _Variable] | None = None
    targets: dict[str, Target] | None = None
    resources: dict[str, dict[str, Any]] | None = None
    permissions: list[_Permission] | None = None
    run_as: _RunAs | None = None
    workspace: _Workspace | None = None
    artifacts: dict[str, Any] | None = None
    environments: dict[str, Any] | None = None
    experimental: dict[str, Any] | None = None
    presets: dict[str, Any] | None = None
    python: dict[str, Any] | None = None
    scripts: dict[str, Any] | None = None
    sync: dict[str, Any] | None = None
