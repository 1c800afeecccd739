"""Messages are mail: from bots to addresses, people and groups, and about alerts to those who subscribed to them.

A message goes to an outbox in the transaction that made it, one delivery for each recipient, and from there to the
mail server. When mail fails a delivery is tried again, at growing intervals, for three days; without a mail server
it is held until there is one. What becomes of each is on view. After a crash between sending and writing that down
a recipient may get a message twice, with the same Message-ID; never is one lost, and never do two servers send the
same one while both are well.

A group is a named list of members of the workspace and of addresses. A subscription says who is told of the alerts
of an automation, from which level on.
"""

from botyard.core.messages.addresses import check_address, read_recipient
from botyard.core.messages.create import create
from botyard.core.messages.groups import (
    check_group_name,
    create_group,
    delete_group,
    find_group,
    get_address,
    get_group,
    list_groups,
    set_address,
    update_group,
)
from botyard.core.messages.model import (
    LEVELS,
    Delivery,
    Format,
    Group,
    Kind,
    Message,
    Outgoing,
    Recipient,
    Recipients,
    Subscription,
    Waiting,
)
from botyard.core.messages.notify import notify
from botyard.core.messages.outbox import (
    claim,
    give_back,
    hold,
    postpone,
    prune,
    release,
    report_failed,
    report_sent,
    waiting,
)
from botyard.core.messages.plaintext import text_of
from botyard.core.messages.search import deliveries_of, get, repeat, search
from botyard.core.messages.states import State
from botyard.core.messages.subscribe import find_recipient, subscribe, subscriptions

__all__ = [
    "LEVELS",
    "Delivery",
    "Format",
    "Group",
    "Kind",
    "Message",
    "Outgoing",
    "Recipient",
    "Recipients",
    "State",
    "Subscription",
    "Waiting",
    "check_address",
    "check_group_name",
    "claim",
    "create",
    "create_group",
    "delete_group",
    "deliveries_of",
    "find_group",
    "find_recipient",
    "get",
    "get_address",
    "get_group",
    "give_back",
    "hold",
    "list_groups",
    "notify",
    "postpone",
    "prune",
    "read_recipient",
    "release",
    "repeat",
    "report_failed",
    "report_sent",
    "search",
    "set_address",
    "subscribe",
    "subscriptions",
    "text_of",
    "update_group",
    "waiting",
]
