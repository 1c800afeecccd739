"""What a caller may do: permissions, and the four roles that bundle them for people and API keys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """One thing a route may demand; each route names exactly one."""

    TASKS_READ = "tasks:read"
    TASKS_RUN = "tasks:run"
    TASKS_REPORT = "tasks:report"
    LOGS_READ = "logs:read"
    ARTIFACTS_READ = "artifacts:read"
    AUTOMATIONS_READ = "automations:read"
    AUTOMATIONS_WRITE = "automations:write"
    PACKAGES_READ = "packages:read"
    PACKAGES_WRITE = "packages:write"
    RUNNERS_READ = "runners:read"
    RUNNERS_MANAGE = "runners:manage"
    RUNNER_JOIN = "runner:join"
    RUNNER_WORK = "runner:work"
    CREDENTIALS_READ = "credentials:read"
    SECRETS_READ = "secrets:read"
    SECRETS_WRITE = "secrets:write"
    VAULT_ROTATE = "vault:rotate"
    QUEUES_READ = "queues:read"
    QUEUES_REPORT = "queues:report"
    QUEUES_WORK = "queues:work"
    QUEUES_OPERATE = "queues:operate"
    QUEUES_WRITE = "queues:write"
    APPS_USE = "apps:use"
    TABLES_READ = "tables:read"
    TABLES_EDIT = "tables:edit"
    TABLES_WRITE = "tables:write"
    CACHE_READ = "cache:read"
    CACHE_WRITE = "cache:write"
    INTEGRATIONS_READ = "integrations:read"
    INTEGRATIONS_CALL = "integrations:call"
    INTEGRATIONS_LOG = "integrations:log"
    INTEGRATIONS_WRITE = "integrations:write"
    SYSTEMS_READ = "systems:read"
    SYSTEMS_REQUEST = "systems:request"
    SYSTEMS_MANAGE = "systems:manage"
    KEYS_MANAGE = "keys:manage"
    USERS_MANAGE = "users:manage"
    WORKSPACE_MANAGE = "workspace:manage"
    AUDIT_READ = "audit:read"


class Role(StrEnum):
    """A bundle of permissions; each role holds all of the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    DEVELOPER = "developer"
    ADMIN = "admin"


_P = Permission

_VIEWER = frozenset(
    {
        _P.TASKS_READ,
        _P.AUTOMATIONS_READ,
        _P.RUNNERS_READ,
        _P.QUEUES_READ,
        _P.INTEGRATIONS_READ,
        _P.TABLES_READ,
    }
)
# Names of credentials and when they were read; the values begin at developer.
_OPERATOR = _VIEWER | {
    _P.TASKS_RUN,
    _P.TASKS_REPORT,
    _P.LOGS_READ,
    _P.ARTIFACTS_READ,
    _P.CREDENTIALS_READ,
    _P.INTEGRATIONS_LOG,
    _P.QUEUES_OPERATE,
    _P.SYSTEMS_READ,
    # Rows are data that somebody on duty puts right; what tables look like begins at developer.
    _P.TABLES_EDIT,
    # A value that a program would find for hours is looked at and taken out by whoever is on duty, too.
    _P.CACHE_READ,
    _P.CACHE_WRITE,
}
# Uploading a package is running code: that line lies between operator and developer.
_DEVELOPER = _OPERATOR | {
    _P.SYSTEMS_REQUEST,
    _P.AUTOMATIONS_WRITE,
    _P.PACKAGES_READ,
    _P.PACKAGES_WRITE,
    _P.SECRETS_READ,
    _P.SECRETS_WRITE,
    _P.QUEUES_REPORT,
    _P.QUEUES_WORK,
    _P.QUEUES_WRITE,
    _P.INTEGRATIONS_CALL,
    _P.INTEGRATIONS_WRITE,
    _P.TABLES_WRITE,
}
_ADMIN = _DEVELOPER | {
    _P.RUNNERS_MANAGE,
    _P.RUNNER_JOIN,
    _P.VAULT_ROTATE,
    _P.SYSTEMS_MANAGE,
    _P.KEYS_MANAGE,
    _P.USERS_MANAGE,
    _P.WORKSPACE_MANAGE,
    _P.AUDIT_READ,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {Role.VIEWER: _VIEWER, Role.OPERATOR: _OPERATOR, Role.DEVELOPER: _DEVELOPER, Role.ADMIN: _ADMIN}
)

RUNNER_PERMISSIONS = frozenset({_P.RUNNER_WORK, _P.PACKAGES_READ})
JOIN_PERMISSIONS = frozenset({_P.RUNNER_JOIN})
#: What an allowed system may do, in its dialect and nowhere else.
SYSTEM_PERMISSIONS = frozenset({_P.TASKS_READ, _P.TASKS_RUN, _P.ARTIFACTS_READ, _P.AUTOMATIONS_READ})
ATTEMPT_PERMISSIONS = frozenset(
    {
        _P.TASKS_READ,
        _P.TASKS_RUN,
        _P.TASKS_REPORT,
        _P.LOGS_READ,
        _P.ARTIFACTS_READ,
        _P.AUTOMATIONS_READ,
        _P.CREDENTIALS_READ,
        _P.SECRETS_READ,
        _P.SECRETS_WRITE,
        _P.QUEUES_READ,
        _P.QUEUES_REPORT,
        _P.QUEUES_WORK,
        # Bots make, open and close their own datapools through the client library of their vendor.
        _P.QUEUES_WRITE,
        _P.APPS_USE,
        _P.CACHE_READ,
        _P.CACHE_WRITE,
        _P.INTEGRATIONS_READ,
        _P.INTEGRATIONS_CALL,
    }
)
#: What a token of an app allows, always within that app.
APP_PERMISSIONS = frozenset(
    {
        _P.APPS_USE,
        _P.AUTOMATIONS_READ,
        _P.TASKS_READ,
        _P.TASKS_RUN,
        _P.LOGS_READ,
        _P.INTEGRATIONS_READ,
        _P.INTEGRATIONS_CALL,
    }
)
#: What is left to an attempt that has ended, until its grace is over; and that for its own task only.
ENDED_ATTEMPT_PERMISSIONS = frozenset(
    {_P.TASKS_READ, _P.TASKS_REPORT, _P.LOGS_READ, _P.ARTIFACTS_READ, _P.QUEUES_REPORT}
)
