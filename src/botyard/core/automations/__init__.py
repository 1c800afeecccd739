"""An automation is something that can be started by its label: a bot with its declared inputs and rules.

It may exist before it has a package; its tasks then wait in the queue. Deploying stores a package version and
releases it, so that the next attempt of any task of the automation runs it. The rules are defaults for its tasks:
priority, the label of the runners that may take them, how many attempts a task gets when runners are lost, and how
long a bot may take to stop by itself.
"""

from botyard.core.automations.bundles import Bundle, bundles, get_bundle
from botyard.core.automations.change import create, update
from botyard.core.automations.delete import delete, has_tasks
from botyard.core.automations.deploy import (
    Deployment,
    announce,
    check_publishable,
    deploy,
    publish,
    remove_version,
    upload,
)
from botyard.core.automations.model import (
    ON_LOST,
    Automation,
    check_label,
    checked_fields,
)
from botyard.core.automations.read import find, get, get_by_id, labels, page, search
from botyard.core.automations.release import release

__all__ = [
    "ON_LOST",
    "Automation",
    "Bundle",
    "Deployment",
    "announce",
    "bundles",
    "check_label",
    "check_publishable",
    "checked_fields",
    "create",
    "delete",
    "deploy",
    "find",
    "get",
    "get_bundle",
    "get_by_id",
    "has_tasks",
    "labels",
    "page",
    "publish",
    "release",
    "remove_version",
    "search",
    "update",
    "upload",
]
