"""Every concept with its calls, as attributes of both clients."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Generic, Self

from botyard.sdk.faces import C, Group

if TYPE_CHECKING:
    from botyard.sdk.concepts.apps import Actions, Apps, Triggers
    from botyard.sdk.concepts.automations import Automations, Folders, Packages
    from botyard.sdk.concepts.cache import Cache
    from botyard.sdk.concepts.files import AppFiles
    from botyard.sdk.concepts.integrations import Connections, Integrations, PluginInterfaces, Plugins
    from botyard.sdk.concepts.people import Audit, Events, Groups, Keys, Users
    from botyard.sdk.concepts.queues import QueueItems, Queues
    from botyard.sdk.concepts.records import Alerts, Artifacts, ErrorGroups, Errors, LogTables, Messages
    from botyard.sdk.concepts.runners import Runners
    from botyard.sdk.concepts.schedules import Schedules
    from botyard.sdk.concepts.secrets import Assets, Credentials, Vault
    from botyard.sdk.concepts.systems import Systems
    from botyard.sdk.concepts.tables import Rows, Tables
    from botyard.sdk.concepts.tasks import Tasks
    from botyard.sdk.concepts.traces import Spans
    from botyard.sdk.concepts.workspace import Workspace


class Concepts(Generic[C]):
    """The calls by concept. Each is imported when it is first used, so that a script waits for what it needs only."""

    @cached_property
    def tasks(self) -> Tasks[C]:
        """One run each of an automation."""
        from botyard.sdk.concepts.tasks import Tasks

        return Tasks(self)

    @cached_property
    def automations(self) -> Automations[C]:
        """What can be started: a package with its rules."""
        from botyard.sdk.concepts.automations import Automations

        return Automations(self)

    @cached_property
    def packages(self) -> Packages[C]:
        """The versions that were deployed to an automation."""
        from botyard.sdk.concepts.automations import Packages

        return Packages(self)

    @cached_property
    def folders(self) -> Folders[C]:
        """What automations, queues, credentials and assets lie in."""
        from botyard.sdk.concepts.automations import Folders

        return Folders(self)

    @cached_property
    def schedules(self) -> Schedules[C]:
        """When automations start by themselves."""
        from botyard.sdk.concepts.schedules import Schedules

        return Schedules(self)

    @cached_property
    def runners(self) -> Runners[C]:
        """The machines that tasks run on."""
        from botyard.sdk.concepts.runners import Runners

        return Runners(self)

    @cached_property
    def queues(self) -> Queues[C]:
        """Lists of work, and the rules by which it is handed out."""
        from botyard.sdk.concepts.queues import Queues

        return Queues(self)

    @cached_property
    def items(self) -> QueueItems[C]:
        """Items of queues, as people look after them."""
        from botyard.sdk.concepts.queues import QueueItems

        return QueueItems(self)

    @cached_property
    def credentials(self) -> Credentials[C]:
        """Sets of secrets, each under a key."""
        from botyard.sdk.concepts.secrets import Credentials

        return Credentials(self)

    @cached_property
    def assets(self) -> Assets[C]:
        """Values of a folder that bots look up: texts, numbers, booleans, secrets, and names with a password."""
        from botyard.sdk.concepts.secrets import Assets

        return Assets(self)

    @cached_property
    def vault(self) -> Vault[C]:
        """The keys that secrets are encrypted with; for the local administrator of a server."""
        from botyard.sdk.concepts.secrets import Vault

        return Vault(self)

    @cached_property
    def integrations(self) -> Integrations[C]:
        """Other systems' APIs that apps and bots call through Botyard."""
        from botyard.sdk.concepts.integrations import Integrations

        return Integrations(self)

    @cached_property
    def connections(self) -> Connections[C]:
        """Accounts at other systems."""
        from botyard.sdk.concepts.integrations import Connections

        return Connections(self)

    @cached_property
    def plugin_interfaces(self) -> PluginInterfaces[C]:
        """Contracts that plugins fulfil, each for an integration."""
        from botyard.sdk.concepts.integrations import PluginInterfaces

        return PluginInterfaces(self)

    @cached_property
    def plugins(self) -> Plugins[C]:
        """The functions of an interface for an integration."""
        from botyard.sdk.concepts.integrations import Plugins

        return Plugins(self)

    @cached_property
    def systems(self) -> Systems[C]:
        """Systems that ask for work over the task queue of ELMA."""
        from botyard.sdk.concepts.systems import Systems

        return Systems(self)

    @cached_property
    def apps(self) -> Apps[C]:
        """Apps: actions, tables and files that belong together."""
        from botyard.sdk.concepts.apps import Apps

        return Apps(self)

    @cached_property
    def actions(self) -> Actions[C]:
        """What apps can do. Id and slug both name an action."""
        from botyard.sdk.concepts.apps import Actions

        return Actions(self)

    @cached_property
    def triggers(self) -> Triggers[C]:
        """Actions that start when rows of a table change."""
        from botyard.sdk.concepts.apps import Triggers

        return Triggers(self)

    @cached_property
    def tables(self) -> Tables[C]:
        """Tables of apps: what they look like."""
        from botyard.sdk.concepts.tables import Tables

        return Tables(self)

    @cached_property
    def rows(self) -> Rows[C]:
        """Rows of tables of apps."""
        from botyard.sdk.concepts.tables import Rows

        return Rows(self)

    @cached_property
    def keys(self) -> Keys[C]:
        """API keys, and the tokens of machines."""
        from botyard.sdk.concepts.people import Keys

        return Keys(self)

    @cached_property
    def workspace(self) -> Workspace[C]:
        """The workspace that the key belongs to."""
        from botyard.sdk.concepts.workspace import Workspace

        return Workspace(self)

    @cached_property
    def artifacts(self) -> Artifacts[C]:
        """Files that tasks left."""
        from botyard.sdk.concepts.records import Artifacts

        return Artifacts(self)

    @cached_property
    def alerts(self) -> Alerts[C]:
        """Notices that tasks raise."""
        from botyard.sdk.concepts.records import Alerts

        return Alerts(self)

    @cached_property
    def errors(self) -> Errors[C]:
        """What went wrong in tasks, with screenshots and other files."""
        from botyard.sdk.concepts.records import Errors

        return Errors(self)

    @cached_property
    def error_groups(self) -> ErrorGroups[C]:
        """Faults: reports of the same kind from the same place in the code."""
        from botyard.sdk.concepts.records import ErrorGroups

        return ErrorGroups(self)

    @cached_property
    def messages(self) -> Messages[C]:
        """Mail that the server sends."""
        from botyard.sdk.concepts.records import Messages

        return Messages(self)

    @cached_property
    def log_tables(self) -> LogTables[C]:
        """Logs with columns, which bots write rows into."""
        from botyard.sdk.concepts.records import LogTables

        return LogTables(self)

    @cached_property
    def spans(self) -> Spans[C]:
        """What tasks spent their time on."""
        from botyard.sdk.concepts.traces import Spans

        return Spans(self)

    @cached_property
    def cache(self) -> Cache[C]:
        """Values that programs keep for a while: those of an app where one is named, else of the whole workspace."""
        from botyard.sdk.concepts.cache import Cache

        return Cache(self)

    @cached_property
    def users(self) -> Users[C]:
        """Members of the workspace."""
        from botyard.sdk.concepts.people import Users

        return Users(self)

    @cached_property
    def groups(self) -> Groups[C]:
        """Groups that mail goes to, and who is told of alerts."""
        from botyard.sdk.concepts.people import Groups

        return Groups(self)

    @cached_property
    def events(self) -> Events[C]:
        """What happened in the workspace."""
        from botyard.sdk.concepts.people import Events

        return Events(self)

    @cached_property
    def audit(self) -> Audit[C]:
        """Who did what."""
        from botyard.sdk.concepts.people import Audit

        return Audit(self)

    @cached_property
    def app_files(self) -> AppFiles[C]:
        """Files that belong to apps."""
        from botyard.sdk.concepts.files import AppFiles

        return AppFiles(self)

    def __copy__(self) -> Self:
        other = type(self).__new__(type(self))
        # A group belongs to the client that it was made by.
        other.__dict__ |= {name: value for name, value in self.__dict__.items() if not isinstance(value, Group)}
        return other
