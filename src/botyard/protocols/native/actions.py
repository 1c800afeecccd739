"""Actions of an app: make, change, give code, run, and their webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple, get_args

from botyard.base.clock import iso
from botyard.base.exceptions import Denied, NotFound
from botyard.core import access, actions, automations, packages
from botyard.core.actions import Action, Package, Run, RunRequest
from botyard.core.automations import Deployment
from botyard.core.packages import PackageVersion
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.archive import text_of
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire

_TYPES: tuple[str, ...] = get_args(wire.ActionType)


async def search(request: Request) -> Response:
    """List the actions of an app by id, those of one type where it is named."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        actions.list_all,
        **await asking.scope_of(request),
        type=asking.one_of(request, "type", _TYPES) or "",
        after_id=asking.id_of(request, "after") or 0,
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.ActionPage(actions=[view(action) for action in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read the action that an id or a slug stands for, without its code."""
    found = await request.db.read(actions.get, **await place(request))
    return json_response(view(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make an action with an automation of its own; it has no code yet."""
    call = await request.json(wire.CreateAction)
    fields = asking.sent(call, table="table_name")
    if call.name is None:
        fields.pop("name")
    made = await request.change(
        actions.create,
        audit_target=lambda action: action.automation,
        **await asking.scope_of(request),
        slug=fields.pop("slug"),
        fields=fields,
        **asking.by(request),
    )
    return json_response(view(made), status=201)


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call, where = await request.json(wire.UpdateAction), await place(request)
    changed = await request.change(
        actions.update,
        audit_target=lambda action: action.automation,
        current=partial(actions.get, **where),
        **where,
        fields=asking.sent(call, table="table_name"),
        **asking.by(request),
    )
    return json_response(view(changed), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Delete an action none of whose runs is under way; its tasks stay in the history."""
    await request.change(
        actions.delete,
        audit_target=lambda action: action.automation,
        **await place(request),
        **asking.by(request),
    )
    return no_content()


async def deploy(request: Request) -> Response:
    """Make code the next version of an action; the next run has it. The same code keeps its version."""
    call, where = await request.json(wire.DeployAction), await place(request)
    package, fields = await _packed(request, call, where)
    done = await request.change(
        _deploy,
        audit_action="actions.deploy",
        audit_target=lambda made: f"{made.automation.label} {made.version.version}",
        **where,
        fields=fields,
        base=call.base,
        package=package,
        **asking.by(request),
    )
    return json_response(views.deployed(done), status=201 if done.created else 200)


async def _packed(request: Request, call: wire.DeployAction, where: dict[str, Any]) -> tuple[Package, dict[str, Any]]:
    """Return the package of the code that was sent, with its bytes in the file store, and what changes beside it."""
    action = await request.db.read(actions.get, **where)
    needs = action.requirements if call.requirements is None else call.requirements
    fields = actions.checked_fields({"requirements": needs})
    package = actions.package_of(call.code, fields["requirements"])
    await request.blobs.put(_whole(package.content), limit=len(package.content))
    return package, fields


def _deploy(
    tx: Tx, *, fields: dict[str, Any], base: str | None, package: Package, actor: str, now: int, **where: Any
) -> Deployment:
    """Release code with what it needs installed. Raises what `actions.deploy` raises."""
    actions.update(tx, **where, fields=fields, actor=actor, now=now)
    return actions.deploy(tx, **where, package=package, base=base, actor=actor, now=now)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def read_code(request: Request) -> Response:
    """Read the code that the next run has, or that of the `version` named."""
    found = await request.db.read(_version, **await place(request), version=asking.text_of(request, "version"))
    version = found.version
    if version is None:
        return json_response(wire.ActionCode(version=None, code="", released=False))
    code = await text_of(request, version.digest, version.entry)
    return json_response(
        wire.ActionCode(version=version.version, code=code, released=version.version == found.released)
    )


class _Found(NamedTuple):
    """A version of an action's code, None before the first, and which one is released."""

    version: PackageVersion | None
    released: str | None


def _version(tx: Tx, *, workspace_id: int, app_id: int, named: str, version: str | None) -> _Found:
    """Return one version of an action's code, the released one by default. Raises NotFound."""
    action = actions.get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    automation = automations.get(tx, workspace_id=workspace_id, label=action.automation)
    released = automation.package_version
    wanted = version or released
    if automation.package_id is None or wanted is None:
        if version is not None:
            raise NotFound(f"Version {version[:64]} does not exist.", hint="Deploy it first.")
        return _Found(None, released)
    found = packages.get_version(tx, workspace_id=workspace_id, package_id=automation.package_id, version=wanted)
    return _Found(found, released)


async def run(request: Request) -> Response:
    """Run an action; a repeated key finds the run that it started."""
    call, where = await request.json(wire.RunAction), await place(request)
    made = await request.change(
        _run, audit_action="actions.run", audit_target=_ran, call=call, caller=request.caller, **where, now=request.now
    )
    return json_response(wire.ActionRun(task=made.task_id, number=made.number, uuid=made.uuid), status=201)


def _run(
    tx: Tx, *, workspace_id: int, app_id: int, named: str, call: wire.RunAction, caller: access.Caller, now: int
) -> Run:
    """Start a run in the name of a member, else of whom the caller stands for. Raises what `actions.run` raises."""
    user_id = caller.user_id
    if call.user is not None and caller.attempt_id is not None:
        raise Denied("A run cannot name whom another stands for.", hint="Leave it out: that is whom this one does.")
    if call.user is not None:
        user_id = access.find_member(tx, workspace_id=workspace_id, login=call.user)[0].id
    wanted = RunRequest(
        workspace_id=workspace_id,
        app_id=app_id,
        action=named,
        actor=caller.actor,
        now=now,
        user_id=user_id,
        user_input=call.input,
        options=call.options,
        connection_id=call.connection,
        request_key=call.key,
        cause=caller.task_id,
    )
    return actions.run(tx, request=wanted)


def _ran(made: Run) -> str:
    return f"action {made.action_id} task {made.task_id}"


async def get_webhook(request: Request) -> Response:
    """Say whether an action has a webhook, and its address."""
    return await _webhook(request, await request.db.read(actions.get, **await place(request)))


async def enable_webhook(request: Request) -> Response:
    """Give an action a webhook: it takes the type `webhook_action`, and whoever knows the address can run it."""
    return await _webhook(request, await _switch(request, actions.WEBHOOK))


async def disable_webhook(request: Request) -> Response:
    """Take the webhook of an action away: it takes the type `app_action`; the address is kept for when it is back."""
    await _switch(request, "app_action")
    return no_content()


async def _switch(request: Request, wanted: str) -> Action:
    where = await place(request)
    action = await request.db.read(actions.get, **where)
    if actions.WEBHOOK not in (wanted, action.type):
        return action
    return await request.change(
        actions.update,
        audit_action="actions.switch_webhook",
        audit_target=lambda changed: changed.automation,
        **where,
        fields={"type": wanted},
        **asking.by(request),
    )


async def rotate_webhook(request: Request) -> Response:
    """Give the webhook of an action another address; the one before is worth nothing from now on."""
    turned = await request.change(
        actions.turn_webhook, audit_target=lambda action: action.automation, **await place(request), now=request.now
    )
    return await _webhook(request, turned)


async def _webhook(request: Request, action: Action) -> Response:
    enabled = action.type == actions.WEBHOOK
    path = actions.webhook_path(action, app_slug=(await asking.app_of(request)).slug)
    return json_response(wire.WebhookView(enabled=enabled, url=f"{request.server}{path}" if enabled else None))


async def place(request: Request) -> dict[str, Any]:
    """Return the app and the action of the path, as operations are told them. Raises NotFound for the app."""
    return await asking.scope_of(request) | {"named": request.path["action"].replace("\0", "")}


def view(action: Action) -> wire.ActionView:
    """Return an action without its code."""
    return wire.ActionView(
        id=action.id,
        app=action.app_id,
        slug=action.slug,
        name=action.name,
        type=action.type,
        description=action.description,
        automation=action.automation,
        requirements=action.requirements,
        input_schema=action.input_schema,
        table=action.table_name,
        events=action.events,
        required_confirmation=action.required_confirmation,
        is_public=action.is_public,
        runs=action.runs,
        created_at=iso(action.created_at),
        created_by=action.created_by,
        updated_at=iso(action.updated_at),
    )
