"""The table of contents of native v1: every route, the permission it needs and the query it understands."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import automations, credentials, items, logs, queues, runners, schedules, tasks, workspace
from botyard.protocols.native.auth import authenticate
from botyard.web.routing import Route, RouteTable

_P = Permission
_BODY = 2 * 1024 * 1024
#: A set of 200 keys with values of 64 KiB, escaped.
_SECRETS = 32 * 1024 * 1024
#: A thousand items of some KiB each; a push of large ones is for the client to split.
_ITEMS = 16 * 1024 * 1024
#: Two thousand lines of 32 KiB would be more; such a batch is for the runner to split.
_LOG_BODY = 16 * 1024 * 1024

ROUTES = RouteTable(
    "native",
    "/api/v1",
    [
        Route("POST", "/runners/register", runners.register, _P.RUNNER_JOIN, body_limit=64 * 1024),
        Route("POST", "/runner/begin", runners.begin, _P.RUNNER_WORK, body_limit=16 * 1024),
        Route("POST", "/runner/lease", runners.lease, _P.RUNNER_WORK, body_limit=16 * 1024),
        Route("POST", "/runner/heartbeat", runners.heartbeat, _P.RUNNER_WORK, body_limit=256 * 1024),
        Route("POST", "/runner/attempts/{attempt}/start", runners.start, _P.RUNNER_WORK, body_limit=16 * 1024),
        Route("POST", "/runner/attempts/{attempt}/logs", runners.append_logs, _P.RUNNER_WORK, body_limit=_LOG_BODY),
        Route("POST", "/runner/attempts/{attempt}/end", runners.end, _P.RUNNER_WORK, body_limit=_BODY),
        Route("POST", "/runner/attempts/{attempt}/release", runners.release, _P.RUNNER_WORK, body_limit=64 * 1024),
        Route("GET", "/packages/{digest}/content", automations.package_content, _P.PACKAGES_READ),
        Route("POST", "/tasks", tasks.create, _P.TASKS_RUN, body_limit=_BODY),
        Route("GET", "/tasks", tasks.search, _P.TASKS_READ, query=("state", "automation", "text", "before", "limit")),
        Route("POST", "/tasks/bulk", tasks.bulk, _P.TASKS_RUN, body_limit=64 * 1024),
        Route("GET", "/tasks/{id}", tasks.get, _P.TASKS_READ, query=("wait",)),
        Route("POST", "/tasks/{id}/cancel", tasks.cancel, _P.TASKS_RUN),
        Route("POST", "/tasks/{id}/restart", tasks.restart, _P.TASKS_RUN),
        Route("POST", "/tasks/{id}/interrupt", tasks.interrupt, _P.TASKS_RUN),
        Route("POST", "/tasks/{id}/kill", tasks.kill, _P.TASKS_RUN),
        Route("GET", "/tasks/{id}/attempts", tasks.list_attempts, _P.TASKS_READ),
        Route("GET", "/tasks/{id}/logs", logs.read, _P.LOGS_READ, query=("after", "limit", "wait")),
        Route("GET", "/tasks/{id}/artifacts", tasks.list_artifacts, _P.ARTIFACTS_READ, query=("before", "limit")),
        Route("GET", "/tasks/{id}/alerts", tasks.list_alerts, _P.TASKS_READ, query=("before", "limit")),
        Route("GET", "/tasks/{id}/events", tasks.list_events, _P.TASKS_READ, query=("after", "limit")),
        Route("GET", "/artifacts/{id}/content", tasks.artifact_content, _P.ARTIFACTS_READ),
        Route("GET", "/automations", automations.search, _P.AUTOMATIONS_READ, query=("text", "after", "limit")),
        Route("POST", "/automations", automations.create, _P.AUTOMATIONS_WRITE),
        Route("GET", "/automations/{label}", automations.get, _P.AUTOMATIONS_READ),
        Route("PATCH", "/automations/{label}", automations.update, _P.AUTOMATIONS_WRITE),
        Route(
            "POST",
            "/automations/{label}/deploy",
            automations.deploy,
            _P.PACKAGES_WRITE,
            query=("version", "dialect"),
        ),
        Route("GET", "/schedules", schedules.search, _P.AUTOMATIONS_READ, query=("automation", "before", "limit")),
        Route("POST", "/schedules", schedules.create, _P.AUTOMATIONS_WRITE),
        Route("GET", "/schedules/{id}", schedules.get, _P.AUTOMATIONS_READ),
        Route("PATCH", "/schedules/{id}", schedules.update, _P.AUTOMATIONS_WRITE),
        Route("DELETE", "/schedules/{id}", schedules.delete, _P.AUTOMATIONS_WRITE),
        Route("POST", "/schedules/{id}/pause", schedules.pause, _P.TASKS_RUN),
        Route("POST", "/schedules/{id}/resume", schedules.resume, _P.TASKS_RUN),
        Route("POST", "/schedules/{id}/run", schedules.run, _P.TASKS_RUN),
        Route("GET", "/schedules/{id}/firings", schedules.list_firings, _P.AUTOMATIONS_READ, query=("limit",)),
        Route("GET", "/runners", runners.list_all, _P.RUNNERS_READ),
        Route("POST", "/runners/{id}/drain", runners.drain, _P.RUNNERS_MANAGE),
        Route("POST", "/runners/{id}/resume", runners.resume, _P.RUNNERS_MANAGE),
        Route("POST", "/connect", workspace.connect, _P.KEYS_MANAGE, body_limit=16 * 1024),
        Route("POST", "/apply", workspace.apply, _P.WORKSPACE_MANAGE, query=("dry_run",), body_limit=_BODY),
        Route("GET", "/queues", queues.search, _P.QUEUES_READ, query=("text", "after", "limit")),
        Route("POST", "/queues", queues.create, _P.QUEUES_WRITE),
        Route("GET", "/queues/{label}", queues.get, _P.QUEUES_READ),
        Route("PATCH", "/queues/{label}", queues.update, _P.QUEUES_WRITE),
        Route("DELETE", "/queues/{label}", queues.delete, _P.QUEUES_WRITE),
        Route("POST", "/queues/{label}/pause", queues.pause, _P.QUEUES_OPERATE),
        Route("POST", "/queues/{label}/resume", queues.resume, _P.QUEUES_OPERATE),
        Route("GET", "/queues/{label}/export", queues.export_items, _P.QUEUES_READ),
        Route(
            "POST",
            "/queues/{label}/import",
            queues.import_items,
            _P.QUEUES_WORK,
            query=("keep_existing",),
            body_limit=_ITEMS,
        ),
        Route(
            "GET",
            "/queues/{label}/items",
            items.search,
            _P.QUEUES_READ,
            query=("state", "text", "key", "error_kind", "before", "limit"),
        ),
        Route("POST", "/queues/{label}/items", items.push, _P.QUEUES_WORK, body_limit=_ITEMS),
        Route("POST", "/queues/{label}/items/bulk", items.bulk_matching, _P.QUEUES_OPERATE, body_limit=64 * 1024),
        Route("POST", "/queues/{label}/pull", items.pull, _P.QUEUES_WORK, body_limit=16 * 1024),
        Route("POST", "/queues/{label}/report", items.report, _P.QUEUES_REPORT, body_limit=_ITEMS),
        Route("POST", "/queues/{label}/report-and-pull", items.report_and_pull, _P.QUEUES_WORK, body_limit=_ITEMS),
        Route("POST", "/queues/{label}/release", items.release, _P.QUEUES_REPORT, body_limit=64 * 1024),
        Route("POST", "/items/bulk", items.bulk, _P.QUEUES_OPERATE, body_limit=64 * 1024),
        Route("GET", "/items/{id}", items.get, _P.QUEUES_READ),
        Route("PATCH", "/items/{id}", items.update, _P.QUEUES_WORK, body_limit=_ITEMS),
        Route("DELETE", "/items/{id}", items.delete, _P.QUEUES_WORK),
        Route("GET", "/items/{id}/chain", items.chain, _P.QUEUES_READ),
        Route("POST", "/items/{id}/cancel", items.cancel, _P.QUEUES_OPERATE, body_limit=64 * 1024),
        Route("POST", "/items/{id}/retry", items.retry, _P.QUEUES_OPERATE),
        Route("GET", "/credentials", credentials.search, _P.CREDENTIALS_READ, query=("after", "limit")),
        Route("POST", "/credentials", credentials.create, _P.SECRETS_WRITE, body_limit=_SECRETS),
        Route("GET", "/credentials/{label}", credentials.get, _P.CREDENTIALS_READ),
        Route("PUT", "/credentials/{label}", credentials.replace, _P.SECRETS_WRITE, body_limit=_SECRETS),
        Route("PATCH", "/credentials/{label}", credentials.update, _P.SECRETS_WRITE, body_limit=_SECRETS),
        Route("DELETE", "/credentials/{label}", credentials.delete, _P.SECRETS_WRITE),
        Route("GET", "/credentials/{label}/keys/{key}", credentials.read_value, _P.SECRETS_READ),
        Route("DELETE", "/credentials/{label}/keys/{key}", credentials.delete_key, _P.SECRETS_WRITE),
        Route("POST", "/vault/rotate", credentials.rotate, _P.VAULT_ROTATE, body_limit=16 * 1024),
    ],
    authenticate=authenticate,
    strict_query=True,
)
