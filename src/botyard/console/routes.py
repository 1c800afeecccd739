"""The table of contents of the console: every page, and what it needs."""

from __future__ import annotations

from botyard.console import codeview
from botyard.console.frame import ERRORS, authenticate, guard
from botyard.console.pages import (
    account,
    action,
    alert_list,
    alert_subscriptions,
    app,
    app_action,
    app_list,
    artifact,
    asset,
    asset_list,
    automation,
    automation_list,
    automation_rules,
    connection,
    credential,
    credential_list,
    device_login,
    entrance,
    error,
    error_list,
    file_list,
    folder_list,
    integration,
    integration_calls,
    integration_list,
    item,
    key_list,
    live,
    log_tables,
    menu,
    message,
    message_list,
    operations,
    palette,
    plugin,
    plugin_list,
    queue,
    queue_bulk,
    queue_list,
    queue_rules,
    runner_list,
    schedule,
    schedule_list,
    settings,
    span,
    static,
    system,
    system_list,
    task,
    task_list,
    task_start,
)
from botyard.console.table_routes import table_routes
from botyard.core.access import Permission
from botyard.web import OPEN, PAGE_HEADERS, SIGNED_IN, Route, RouteTable

READ, RUN, LOGS = Permission.TASKS_READ, Permission.TASKS_RUN, Permission.LOGS_READ
FILES, PACKAGES = Permission.ARTIFACTS_READ, Permission.PACKAGES_WRITE
MANAGE = Permission.RUNNERS_MANAGE
BOTS, CHANGE = Permission.AUTOMATIONS_READ, Permission.AUTOMATIONS_WRITE
QUEUES, OPERATE, RULES = Permission.QUEUES_READ, Permission.QUEUES_OPERATE, Permission.QUEUES_WRITE
CREDENTIALS, SECRETS = Permission.CREDENTIALS_READ, Permission.SECRETS_WRITE
MEMBERS, KEYS, AUDIT = Permission.USERS_MANAGE, Permission.KEYS_MANAGE, Permission.AUDIT_READ

_SMALL = 64 * 1024
_FORM = 2 * 1024 * 1024
_TABLE = queue.MAX_CSV + _FORM


def routes() -> RouteTable:
    """Return the console's routes; it is mounted at the root and answers for every path that no protocol owns."""
    return RouteTable(
        "console",
        "",
        [
            Route("GET", "/static/{version}/{name}", static.own, OPEN),
            Route("GET", "/static/{version}/vendor/{name}", static.vendor, OPEN),
            Route("GET", "/sign-in", entrance.form, OPEN),
            Route("POST", "/sign-in", entrance.sign_in, OPEN, body_limit=_SMALL),
            Route("POST", "/sign-out", entrance.sign_out, SIGNED_IN, body_limit=_SMALL),
            Route("GET", "/", operations.show, READ),
            Route("GET", "/live", live.stream, READ),
            Route("GET", "/palette", palette.search, READ),
            Route("GET", "/tasks", task_list.show, READ),
            Route("POST", "/tasks", task_start.create, RUN, body_limit=task_start.MAX_BODY),
            Route("GET", "/tasks/new", task_start.form, RUN),
            Route("GET", "/tasks/fresh", task_list.fresh, READ),
            Route("GET", "/tasks/bulk", task_list.preview, RUN),
            Route("POST", "/tasks/bulk", task_list.act, RUN, body_limit=_SMALL),
            Route("GET", "/tasks/{id}", task.show, READ),
            Route("GET", "/tasks/{id}/log", task.log, LOGS),
            Route("GET", "/tasks/{id}/log.txt", task.log_text, LOGS),
            Route("GET", "/tasks/{id}/span", span.show, LOGS),
            Route("GET", "/tasks/{id}/trace", span.trace, LOGS),
            Route("GET", "/tasks/{id}/progress", task.show_progress, READ),
            Route("POST", "/tasks/{id}/cancel", task.cancel, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/interrupt", task.interrupt, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/kill", task.kill, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/restart", task.restart, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/callback", task.repeat_callback, RUN, body_limit=_SMALL),
            Route("GET", "/files/{id}", artifact.download, FILES),
            *_automations(),
            *_queues(),
            *_schedules(),
            *_left_by_bots(),
            *_assets(),
            *_systems(),
            *_apps(),
            *_integrations(),
            *table_routes(),
            *_plugins(),
            *_workspace(),
            Route("GET", "/menu", menu.show, SIGNED_IN),
            Route("GET", "/account", account.show, SIGNED_IN),
            Route("POST", "/account/address", account.set_address, SIGNED_IN, body_limit=_SMALL),
            Route("POST", "/account/password", account.change_password, SIGNED_IN, body_limit=_SMALL),
            Route("POST", "/account/sessions/end", account.end_session, SIGNED_IN, body_limit=_SMALL),
            Route("POST", "/account/theme", account.set_theme, SIGNED_IN, body_limit=_SMALL),
        ],
        authenticate=authenticate,
        errors=ERRORS,
        guard=guard,
        headers=PAGE_HEADERS,
    )


def _automations() -> list[Route]:
    return [
        Route("GET", "/automations", automation_list.show, BOTS),
        Route("GET", "/automations/{label}", automation.show, BOTS),
        Route("POST", "/automations/{label}/release", automation.release, CHANGE),
        Route("POST", "/automations/{label}/webhook", action.turn_webhook, CHANGE),
        Route("GET", "/automations/{label}/rules", automation_rules.edit, CHANGE),
        Route("POST", "/automations/{label}/rules", automation_rules.save, CHANGE, body_limit=_FORM),
        Route("GET", "/automations/{label}/alerts", alert_subscriptions.edit, CHANGE),
        Route("POST", "/automations/{label}/alerts", alert_subscriptions.save, CHANGE, body_limit=_SMALL),
        Route("GET", "/runners", runner_list.show, Permission.RUNNERS_READ),
        Route("POST", "/runners/join", runner_list.join, Permission.RUNNER_JOIN, body_limit=_SMALL),
        Route("POST", "/runners/{id}/drain", runner_list.drain, MANAGE, body_limit=_SMALL),
        Route("POST", "/runners/{id}/resume", runner_list.resume, MANAGE, body_limit=_SMALL),
    ]


def _queues() -> list[Route]:
    return [
        Route("GET", "/queues", queue_list.show, QUEUES),
        Route("GET", "/new/queue", queue_rules.new, RULES),
        Route("POST", "/queues", queue_rules.create, RULES, body_limit=_FORM),
        Route("GET", "/queues/{label}", queue.show, QUEUES),
        Route("POST", "/queues/{label}/pause", queue.pause, OPERATE, body_limit=_SMALL),
        Route("POST", "/queues/{label}/resume", queue.resume, OPERATE, body_limit=_SMALL),
        Route("GET", "/queues/{label}/push", queue.push_form, OPERATE),
        Route("POST", "/queues/{label}/push", queue.push, OPERATE, body_limit=_FORM),
        Route("POST", "/queues/{label}/import", queue.import_csv, OPERATE, body_limit=_TABLE),
        Route("GET", "/queues/{label}/items.csv", queue.export_csv, QUEUES),
        Route("GET", "/queues/{label}/bulk", queue_bulk.preview, OPERATE),
        Route("POST", "/queues/{label}/bulk", queue_bulk.act, OPERATE, body_limit=_SMALL),
        Route("GET", "/queues/{label}/rules", queue_rules.edit, RULES),
        Route("POST", "/queues/{label}/rules", queue_rules.save, RULES, body_limit=_FORM),
        Route("POST", "/queues/{label}/delete", queue_rules.delete, RULES, body_limit=_SMALL),
        Route("GET", "/items/{id}", item.show, QUEUES),
        Route("POST", "/items/{id}/retry", item.retry, OPERATE, body_limit=_SMALL),
        Route("POST", "/items/{id}/cancel", item.cancel, OPERATE, body_limit=_SMALL),
    ]


def _schedules() -> list[Route]:
    return [
        Route("GET", "/schedules", schedule_list.show, BOTS),
        Route("GET", "/schedules/new", schedule.new, CHANGE),
        Route("GET", "/schedules/preview", schedule.preview, CHANGE),
        Route("POST", "/schedules", schedule.create, CHANGE, body_limit=_FORM),
        Route("GET", "/schedules/{id}", schedule.show, BOTS),
        Route("GET", "/schedules/{id}/edit", schedule.edit, CHANGE),
        Route("POST", "/schedules/{id}", schedule.save, CHANGE, body_limit=_FORM),
        Route("POST", "/schedules/{id}/pause", schedule.pause, RUN, body_limit=_SMALL),
        Route("POST", "/schedules/{id}/resume", schedule.resume, RUN, body_limit=_SMALL),
        Route("POST", "/schedules/{id}/run", schedule.run, RUN, body_limit=_SMALL),
        Route("POST", "/schedules/{id}/delete", schedule.delete, CHANGE, body_limit=_SMALL),
    ]


def _left_by_bots() -> list[Route]:
    return [
        Route("GET", "/errors", error_list.show, LOGS),
        Route("GET", "/errors/{id}", error.show, LOGS),
        Route("POST", "/errors/{id}/resolve", error.resolve, RUN, body_limit=_SMALL),
        Route("POST", "/errors/{id}/reopen", error.reopen, RUN, body_limit=_SMALL),
        Route("GET", "/errors/files/{id}", error.download, LOGS),
        Route("GET", "/alerts", alert_list.show, READ),
        Route("GET", "/files", file_list.show, FILES),
        Route("GET", "/logs", log_tables.show_all, LOGS),
        Route("GET", "/logs/{label}", log_tables.show, LOGS),
        Route("GET", "/logs/{label}/rows.csv", log_tables.export_csv, LOGS),
        Route("POST", "/logs/{label}/delete", log_tables.delete, RUN, body_limit=_SMALL),
        Route("GET", "/messages", message_list.show, LOGS),
        Route("GET", "/messages/{id}", message.show, LOGS),
        Route("POST", "/messages/{id}/repeat", message.repeat, RUN, body_limit=_SMALL),
        Route("GET", "/new/group", message.new_group, CHANGE),
        Route("POST", "/groups", message.create_group, CHANGE, body_limit=_SMALL),
        Route("GET", "/groups/{name}", message.edit_group, CHANGE),
        Route("POST", "/groups/{name}", message.save_group, CHANGE, body_limit=_SMALL),
        Route("POST", "/groups/{name}/delete", message.delete_group, CHANGE, body_limit=_SMALL),
    ]


def _assets() -> list[Route]:
    return [
        Route("GET", "/assets", asset_list.show, CREDENTIALS),
        Route("GET", "/new/asset", asset.new, SECRETS),
        Route("POST", "/assets", asset.create, SECRETS, body_limit=_FORM),
        Route("GET", "/assets/{id}", asset.show, CREDENTIALS),
        Route("POST", "/assets/{id}", asset.save, SECRETS, body_limit=_FORM),
        Route("POST", "/assets/{id}/delete", asset.delete, SECRETS, body_limit=_SMALL),
        Route("GET", "/folders", folder_list.show, BOTS),
        Route("POST", "/folders", folder_list.create, CHANGE, body_limit=_SMALL),
        Route("POST", "/folders/{id}/rename", folder_list.rename, CHANGE, body_limit=_SMALL),
        Route("POST", "/folders/{id}/delete", folder_list.delete, CHANGE, body_limit=_SMALL),
    ]


def _systems() -> list[Route]:
    return [
        Route("GET", "/systems", system_list.show, Permission.SYSTEMS_READ),
        Route("GET", "/new/system", system.new, Permission.SYSTEMS_REQUEST),
        Route("POST", "/systems", system.create, Permission.SYSTEMS_REQUEST, body_limit=_FORM),
        Route("GET", "/systems/{id}", system.show, Permission.SYSTEMS_READ),
        Route("POST", "/systems/{id}", system.save, Permission.SYSTEMS_MANAGE, body_limit=_FORM),
        Route("POST", "/systems/{id}/allow", system.allow, Permission.SYSTEMS_MANAGE, body_limit=_SMALL),
        Route("POST", "/systems/{id}/lock", system.lock, Permission.SYSTEMS_MANAGE, body_limit=_SMALL),
        Route("POST", "/systems/{id}/rotate", system.rotate, Permission.SYSTEMS_MANAGE, body_limit=_SMALL),
    ]


def _apps() -> list[Route]:
    one, action_page = "/apps/{id}", "/apps/{id}/actions/{action}"
    return [
        Route("GET", "/apps", app_list.show, BOTS),
        Route("GET", "/new/app", app_list.new, CHANGE),
        Route("POST", "/apps", app_list.create, CHANGE, body_limit=_FORM),
        Route("GET", one, app.show, BOTS),
        Route("POST", f"{one}/actions", app.create_action, CHANGE, body_limit=_SMALL),
        Route("GET", f"{one}/file", app.download, FILES),
        Route("POST", f"{one}/file/delete", app.delete_file, CHANGE, body_limit=_SMALL),
        Route("GET", action_page, app_action.show, BOTS),
        Route("POST", f"{action_page}/run", app_action.run, RUN, body_limit=_FORM),
        Route("POST", f"{action_page}/deploy", app_action.deploy, PACKAGES, body_limit=codeview.MAX_FORM),
    ]


def _integrations() -> list[Route]:
    one, change, account = "/integrations/{integration}", Permission.INTEGRATIONS_WRITE, "/connections/{id}"
    see, log = Permission.INTEGRATIONS_READ, Permission.INTEGRATIONS_LOG
    return [
        Route("GET", "/integrations", integration_list.show, see),
        Route("GET", "/new/integration", integration.new, change),
        Route("POST", "/integrations", integration.create, change, body_limit=_FORM),
        Route("GET", one, integration.show, see),
        Route("POST", one, integration.save, change, body_limit=_FORM),
        Route("GET", f"{one}/edit", integration.edit, change),
        Route("POST", f"{one}/delete", integration.delete, change, body_limit=_SMALL),
        Route("GET", f"{one}/calls", integration_calls.show, log),
        Route("GET", f"{one}/calls/{{id}}", integration_calls.look, log),
        Route("GET", f"{one}/connect", connection.new, change),
        Route("POST", f"{one}/connect", connection.create, change, body_limit=_FORM),
        Route("POST", f"{one}/oauth", connection.sign_in, change, body_limit=_SMALL),
        Route("GET", account, connection.show, see),
        Route("POST", account, connection.save, change, body_limit=_FORM),
        Route("POST", f"{account}/test", connection.test, change, body_limit=_SMALL),
        Route("POST", f"{account}/delete", connection.disconnect, change, body_limit=_SMALL),
    ]


def _plugins() -> list[Route]:
    contract, one = "/plugins/{namespace}", "/plugins/{namespace}/for/{integration}"
    return [
        Route("GET", "/plugins", plugin_list.show, BOTS),
        Route("GET", "/new/interface", plugin_list.new, CHANGE),
        Route("POST", "/plugins", plugin_list.create, CHANGE, body_limit=_FORM),
        Route("GET", contract, plugin.show_interface, BOTS),
        Route("POST", contract, plugin.save_interface, CHANGE, body_limit=codeview.MAX_FORM),
        Route("POST", f"{contract}/delete", plugin.delete_interface, CHANGE, body_limit=_SMALL),
        Route("POST", f"{contract}/plugins", plugin.create, CHANGE, body_limit=_SMALL),
        Route("GET", one, plugin.show, BOTS),
        Route("POST", one, plugin.save, CHANGE, body_limit=codeview.MAX_FORM),
        Route("POST", f"{one}/switch", plugin.switch, CHANGE, body_limit=_SMALL),
        Route("POST", f"{one}/delete", plugin.delete, CHANGE, body_limit=_SMALL),
    ]


def _workspace() -> list[Route]:
    return [
        Route("GET", "/credentials", credential_list.show, CREDENTIALS),
        Route("POST", "/credentials", credential_list.create, SECRETS, body_limit=_FORM),
        Route("GET", "/credentials/{label}", credential.show, CREDENTIALS),
        Route("POST", "/credentials/{label}/keys", credential.put_key, SECRETS, body_limit=_FORM),
        Route("POST", "/credentials/{label}/keys/delete", credential.delete_key, SECRETS, body_limit=_SMALL),
        Route("POST", "/credentials/{label}/delete", credential.delete, SECRETS, body_limit=_SMALL),
        Route("GET", "/{workspace}/orchestrator_", device_login.orchestrator, OPEN),
        Route("GET", "/{workspace}/orchestrator_/", device_login.orchestrator, OPEN),
        Route("GET", "/{workspace}/orchestrator_/sdk-auth", device_login.show, SIGNED_IN),
        Route("POST", "/{workspace}/orchestrator_/sdk-auth", device_login.decide, SIGNED_IN, body_limit=_SMALL),
        Route("GET", "/settings", settings.members, MEMBERS),
        Route("POST", "/settings/members", settings.add, MEMBERS, body_limit=_SMALL),
        Route("POST", "/settings/members/{id}/role", settings.set_role, MEMBERS, body_limit=_SMALL),
        Route("POST", "/settings/members/{id}/disable", settings.disable, MEMBERS, body_limit=_SMALL),
        Route("POST", "/settings/members/{id}/enable", settings.enable, MEMBERS, body_limit=_SMALL),
        Route("POST", "/settings/members/{id}/password", settings.reset_password, MEMBERS, body_limit=_SMALL),
        Route("POST", "/settings/members/{id}/remove", settings.remove, MEMBERS, body_limit=_SMALL),
        Route("GET", "/settings/keys", key_list.show, KEYS),
        Route("POST", "/settings/keys", key_list.create, KEYS, body_limit=_SMALL),
        Route("POST", "/settings/keys/revoke", key_list.revoke, KEYS, body_limit=_SMALL),
        Route("GET", "/settings/audit", settings.show_audit, AUDIT),
    ]
