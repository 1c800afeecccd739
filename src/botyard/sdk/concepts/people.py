"""People and what they may do: keys, members, groups that mail goes to, and who did what."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.sdk.calls import Call, delete, get, make, patch, post, put
from botyard.sdk.faces import C, Group, call, fields, listing, live
from botyard.sdk.feeds import Feed, feed
from botyard.sdk.paging import Listing, pages
from botyard.wire import history, people
from botyard.wire import keys as wire

_KEYS = "/api/v1/keys"
_KEY = "/api/v1/keys/{id}"
_USERS = "/api/v1/users"
_USER = "/api/v1/users/{login}"
_GROUPS = "/api/v1/groups"
_GROUP = "/api/v1/groups/{name}"
_SUBSCRIBERS = "/api/v1/automations/{label}/subscribers"


class Keys(Group[C]):
    """API keys, and the tokens of machines."""

    @listing
    def list(
        self, *, kind: wire.TokenKind | None = None, revoked: bool = False, limit: int | None = None
    ) -> Listing[wire.TokenView]:
        """List keys, newest first, or tokens of another kind; with `revoked`, those too."""
        return pages(
            _KEYS, wire.TokenPage, lambda page: page.keys, cursor="before", limit=limit, kind=kind, revoked=revoked
        )

    @call
    def get(self, key_id: str) -> Call[wire.TokenView]:
        """Describe a key or token."""
        return get(_KEY, wire.TokenView, key_id)

    @fields(wire.CreateKey)
    def create(self, body: wire.CreateKey) -> Call[wire.NewTokenView]:
        """Make a key; its text is in this answer and nowhere else."""
        return make(_KEYS, body, wire.NewTokenView)

    @call
    def revoke(self, key_id: str) -> Call[None]:
        """Revoke a key or token, at once."""
        return delete(_KEY, key_id)


class Users(Group[C]):
    """Members of the workspace."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[people.UserView]:
        """List members by login."""
        return pages(_USERS, people.UserPage, lambda page: page.users, limit=limit)

    @call
    def get(self, login: str) -> Call[people.UserView]:
        """Describe one member."""
        return get(_USER, people.UserView, login)

    @fields(people.CreateUser)
    def create(self, body: people.CreateUser) -> Call[people.NewUserView]:
        """Make a member with an account; its first password is in this answer and nowhere else."""
        return make(_USERS, body, people.NewUserView)

    @fields(people.UpdateUser)
    def update(self, login: str, body: people.UpdateUser) -> Call[people.UserView]:
        """Give a member another role, or shut it out or let it in again."""
        return patch(_USER, body, people.UserView, login)

    @call
    def remove(self, login: str) -> Call[None]:
        """Take a member out of the workspace; the account stays."""
        return delete(_USER, login)

    @call
    def reset_password(self, login: str) -> Call[people.NewUserView]:
        """Make up another first password, which is in this answer and nowhere else."""
        return post(f"{_USER}/reset-password", None, people.NewUserView, login)

    @call
    def me(self) -> Call[people.MeView]:
        """Tell who it is that calls, in which workspace, and what that allows."""
        return get("/api/v1/me", people.MeView)


class Groups(Group[C]):
    """Groups that mail goes to, and who is told of alerts."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[people.GroupView]:
        """List groups by name."""
        return pages(_GROUPS, people.GroupPage, lambda page: page.groups, limit=limit)

    @call
    def get(self, name: str) -> Call[people.GroupView]:
        """Describe one group."""
        return get(_GROUP, people.GroupView, name)

    @fields(people.CreateGroup)
    def create(self, body: people.CreateGroup) -> Call[people.GroupView]:
        """Make a group of members and addresses."""
        return make(_GROUPS, body, people.GroupView)

    @fields(people.UpdateGroup)
    def update(self, name: str, body: people.UpdateGroup) -> Call[people.GroupView]:
        """Replace the lists that are given."""
        return patch(_GROUP, body, people.GroupView, name)

    @call
    def delete(self, name: str) -> Call[None]:
        """Delete a group with its subscriptions."""
        return delete(_GROUP, name)

    @call
    def subscribers(self, automation: str) -> Call[people.SubscriberList]:
        """Return who is told of the alerts of an automation."""
        return get(_SUBSCRIBERS, people.SubscriberList, automation)

    @call
    def subscribe(self, automation: str, subscribers: Sequence[people.Subscriber]) -> Call[people.SubscriberList]:
        """Replace who is told of the alerts of an automation."""
        body = people.SubscriberList(subscribers=[*subscribers])
        return put(_SUBSCRIBERS, body, people.SubscriberList, automation)


class Events(Group[C]):
    """What happened in the workspace."""

    @listing
    def list(
        self,
        *,
        kind: str | None = None,
        entity: str | None = None,
        entity_id: str | None = None,
        limit: int | None = None,
    ) -> Listing[history.HistoryEvent]:
        """List what happened, newest first: of a kind such as `task.failed`, to things of a kind, or to one of them."""
        return pages(
            "/api/v1/events",
            history.HistoryPage,
            lambda page: page.events,
            cursor="before",
            limit=limit,
            kind=kind,
            entity=entity,
            entity_id=entity_id,
        )

    @listing
    def since(
        self,
        event_id: int = 0,
        *,
        kind: str | None = None,
        entity: str | None = None,
        entity_id: str | None = None,
        limit: int | None = None,
    ) -> Listing[history.HistoryEvent]:
        """List what happened after an event, oldest first; 0 means from the beginning."""
        return pages(
            "/api/v1/events",
            history.HistoryPage,
            lambda page: page.events,
            limit=limit,
            after=event_id,
            kind=kind,
            entity=entity,
            entity_id=entity_id,
        )

    @live
    def follow(
        self,
        after: int | None = None,
        *,
        kind: str | None = None,
        entity: str | None = None,
        entity_id: str | None = None,
    ) -> Feed[history.HistoryEvent]:
        """Yield what happens as it happens, from now on or behind an event, until the loop is left."""
        return feed(
            "/api/v1/events/stream",
            history.HistoryEvent,
            after=after,
            kind=kind,
            entity=entity,
            entity_id=entity_id,
        )


class Audit(Group[C]):
    """Who did what."""

    @call
    def note_tool(self, tool: str, *, target: str = "", arguments: Sequence[str] = (), client: str = "") -> Call[None]:
        """Record that an assistant uses a tool on something, with arguments of these names, before it does."""
        body = history.ToolCall(tool=tool, target=target, arguments=[*arguments], client=client)
        return post("/api/v1/audit/tools", body, None)

    @listing
    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        verdict: history.AuditVerdict | None = None,
        since: str | None = None,
        limit: int | None = None,
    ) -> Listing[history.AuditEntry]:
        """List who did what, newest first: by an actor, of a kind, to a target, allowed or denied, from a moment on."""
        return pages(
            "/api/v1/audit",
            history.AuditPage,
            lambda page: page.entries,
            cursor="before",
            limit=limit,
            actor=actor,
            action=action,
            target=target,
            verdict=verdict,
            since=since,
        )
