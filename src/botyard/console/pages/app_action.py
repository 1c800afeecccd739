"""One action of an app: running it, its runs, its code with versions, its webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid
from botyard.console import actionview, codeview, inputform
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.pages.app_list import user_of
from botyard.core import actions, automations, packages
from botyard.core.actions import Action, Package, Run, RunRequest
from botyard.core.automations import Deployment
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.archive import text_of


async def show(request: Request) -> Response:
    """Show an action: its runs, or its code."""
    return await _show(request)


async def run(request: Request) -> Response:
    """Run an action with what was filled in."""
    form, action = await request.form(), await _found(request)
    given = inputform.read(action.input_schema, form)
    if action.required_confirmation and not form.text("confirmed"):
        given.faults["confirmed"] = "This action wants to be confirmed."
    if given.faults:
        return await _show(request, form=form, faults=given.faults)
    try:
        made = await _run(request, form, action, given.values)
    except Invalid as error:
        return await _show(request, form=form, faults={"json": f"{error.message} {error.hint}".strip()})
    return done(f"/tasks/{made.task_id}", f"Run {made.number} of {action.name} is queued.")


async def deploy(request: Request) -> Response:
    """Make the code of the form the next version, unless somebody else did meanwhile."""
    form, action = await request.form(), await _found(request)
    try:
        deployed = await _deploy(request, form, action)
    except (Invalid, IllegalTransition) as error:
        return await _show(request, form=form, error=error)
    where = f"{actionview.address_of(action)}?tab=code"
    return done(where, f"Version {deployed.automation.package_version} is released; the next run has it.")


async def _run(request: Request, form: Form, action: Action, values: dict[str, Any]) -> Run:
    connection = form.text("connection")
    rows = [line.strip() for line in form.text("rows").splitlines() if line.strip()]
    wanted = RunRequest(
        workspace_id=action.workspace_id,
        app_id=action.app_id,
        action=str(action.id),
        actor=request.caller.actor,
        now=request.now,
        user_id=user_of(request.caller),
        user_input=values,
        options={"selected_rows": rows} if rows else {},
        connection_id=int(connection) if connection.isascii() and connection.isdigit() else None,
    )
    return await request.change(actions.run, audit_action="actions.run", audit_target=action.automation, request=wanted)


async def _deploy(request: Request, form: Form, action: Action) -> Deployment:
    needs = [line.strip() for line in form.text("requirements").splitlines() if line.strip()]
    fields = actions.checked_fields({"requirements": needs})
    package = actions.package_of(codeview.typed(form), fields["requirements"])
    await request.blobs.put(_whole(package.content), limit=len(package.content))
    return await request.change(
        _release,
        audit_action="actions.deploy",
        audit_target=action.automation,
        workspace_id=action.workspace_id,
        app_id=action.app_id,
        named=str(action.id),
        base=form.text("base"),
        package=package,
        fields=fields,
        actor=request.caller.actor,
        now=request.now,
    )


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _release(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    named: str,
    base: str,
    package: Package,
    fields: Mapping[str, Any],
    actor: str,
    now: int,
) -> Deployment:
    """Deploy code that was written from the version `base`. Raises IllegalTransition when another is released."""
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "named": named}
    action = actions.update(tx, **place, fields=fields, actor=actor, now=now)
    present = automations.get(tx, workspace_id=workspace_id, label=action.automation).package_version or ""
    if present != base:
        raise IllegalTransition(
            f"Version {present} was deployed by somebody else meanwhile.", hint="Look at what differs, then decide."
        )
    return actions.deploy(tx, **place, package=package, actor=actor, now=now)


async def _show(
    request: Request,
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    error: Invalid | IllegalTransition | None = None,
) -> Response:
    scope = {"workspace_id": request.caller.workspace_id, "app_id": request.path_id("id")}
    context = await request.db.read(actionview.context, **scope, named=request.path["action"])
    edited = await _edited(request, context, form if error else None, error)
    filled = _filled(context, form if faults else None, faults or {}, chosen=request.query_all("row"))
    whole = {**context, **said(error), **edited, **filled}
    status = 409 if isinstance(error, IllegalTransition) else 400 if error or faults else 200
    where = {"section": "/apps", "block": "main" if error or faults else "live", "server": request.server}
    return page(request, "pages/app_action.html", status=status, tab=_tab(request, error), **where, **whole)


def _tab(request: Request, error: BotyardError | None) -> str:
    wants_code = error or any(request.query.get(name) for name in ("version", "compare"))
    return "code" if wants_code or request.query.get("tab") == "code" else "runs"


def _filled(
    context: Mapping[str, Any], form: Form | None, faults: Mapping[str, str], *, chosen: Sequence[str]
) -> dict[str, Any]:
    """Return the form that runs the action, with the rows that were chosen in a grid, or as somebody filled it in."""
    sent = {name: form.text(name) if form else "" for name in ("json", "connection", "rows")}
    return {
        "faults": faults,
        "fields": inputform.fields_of(context["it"].input_schema, form, faults),
        "sent": sent if form else {**sent, "rows": "\n".join(each[:64] for each in chosen[:500])},
    }


async def _edited(
    request: Request, context: Mapping[str, Any], form: Form | None, error: BotyardError | None
) -> dict[str, Any]:
    """Return the code that the field holds, and what it is compared with."""
    it, present = context["it"], context["present"]
    looked = _version(context, request.query.get("version", ""))
    compared = _version(context, request.query.get("compare", ""))
    code, needs, lines, told = it.source, "\n".join(it.requirements), None, ""
    base = present or ""
    if form is not None:
        code, needs = codeview.typed(form), form.text("requirements")
        base = base if isinstance(error, IllegalTransition) else form.text("base")
    elif looked is not None:
        code = await text_of(request, looked.digest, looked.entry)
    if isinstance(error, IllegalTransition):
        lines, told = await codeview.compare(it.source, code), f"From version {present} to what you typed"
    elif compared is not None:
        lines = await codeview.compare(await text_of(request, compared.digest, compared.entry), it.source)
        told = f"From version {compared.version} to {present}, the present one"
    return {"code": code, "needs": needs, "base": base, "lines": lines, "told": told, "looked": looked}


async def _found(request: Request) -> Action:
    return await request.db.read(
        actions.get,
        workspace_id=request.caller.workspace_id,
        app_id=request.path_id("id"),
        named=request.path["action"],
    )


def _version(context: Mapping[str, Any], asked: str) -> packages.PackageVersion | None:
    return next((each for each in context["versions"] if each.version == asked), None)
