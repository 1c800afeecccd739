"""Apps, what they can do, and the tokens that speak for them. Wherever an app or an action is named, id and slug do."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ActionType = Literal["app_action", "user_action", "table_action", "trigger_action", "webhook_action"]
RowEvent = Literal["insert", "update", "delete"]


class CreateApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An app. Without `id` it gets the next one; `owner` is the login of the member whom its runs stand for."""

    slug: str
    id: int | None = None
    name: str | None = None
    description: str = ""
    owner: str | None = None


class UpdateApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays."""

    slug: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType | None = msgspec.UNSET


class AppView(msgspec.Struct, frozen=True, kw_only=True):
    """One app; `owner` is a login, None for nobody."""

    id: int
    slug: str
    name: str
    description: str
    owner: str | None
    created_at: str
    created_by: str
    updated_at: str


class AppPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by id; pass `next` as `after` for the following one."""

    apps: list[AppView]
    next: int | None = None


class CreateAppToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token of an app, in the name of the member `user`, else of the app's owner. `expires` is ISO 8601."""

    name: str | None = None
    user: str | None = None
    expires: str | None = None


class CreateAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that an app can do. It has an automation of its own, and no code until some is deployed."""

    slug: str
    name: str | None = None
    type: ActionType = "user_action"
    description: str = ""
    requirements: list[str] = []
    input_schema: dict[str, Any] | None = None
    table: str | None = None
    events: list[RowEvent] = []
    required_confirmation: bool = False
    is_public: bool = False


class UpdateAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays. `requirements` are installed once code is deployed again."""

    slug: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    type: ActionType | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    requirements: list[str] | msgspec.UnsetType = msgspec.UNSET
    input_schema: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    table: str | msgspec.UnsetType | None = msgspec.UNSET
    events: list[RowEvent] | msgspec.UnsetType = msgspec.UNSET
    required_confirmation: bool | msgspec.UnsetType = msgspec.UNSET
    is_public: bool | msgspec.UnsetType = msgspec.UNSET


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """One action without its code; `automation` is the label under which its runs are tasks."""

    id: int
    app: int
    slug: str
    name: str
    type: str
    description: str
    automation: str
    requirements: list[str]
    input_schema: Any
    table: str | None
    events: list[str]
    required_confirmation: bool
    is_public: bool
    runs: int
    created_at: str
    created_by: str
    updated_at: str


class ActionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the actions of an app by id; pass `next` as `after` for the following one."""

    actions: list[ActionView]
    next: int | None = None


class DeployAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Code for an action. With `base`, it is refused unless that version is the one in use; "" means none is."""

    code: str
    requirements: list[str] | None = None
    base: str | None = None


class ActionCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code of an action at a version; `released` says whether the next run has it."""

    version: str | None
    code: str
    released: bool


class RunAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Run an action. A repeated `key` finds the run that it started; `user` is the login that the run stands for."""

    input: dict[str, Any] = {}
    options: dict[str, Any] = {}
    connection: int | None = None
    key: str | None = None
    user: str | None = None


class ActionRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an action: its task, its number among the runs of the action, and the id that Automio's client knows."""

    task: int
    number: int
    uuid: str


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an action has a webhook, and its address; whoever knows the address can run the action."""

    enabled: bool
    url: str | None


class CreateTrigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let changes of the rows of a table start an action, which takes the type `trigger_action`."""

    action: str
    table: str
    events: list[RowEvent]


class UpdateTrigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays."""

    table: str | msgspec.UnsetType = msgspec.UNSET
    events: list[RowEvent] | msgspec.UnsetType = msgspec.UNSET


class TriggerView(msgspec.Struct, frozen=True, kw_only=True):
    """What starts an action: changes of the rows of a table."""

    action: str
    table: str
    events: list[str]


class TriggerPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the triggers of an app; pass `next` as `after` for the following one."""

    triggers: list[TriggerView]
    next: int | None = None
