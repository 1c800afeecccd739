"""GraphQL over the tables of an app, in the words of Hasura (contract automio, section d).

Each app has a schema of its own, made of its tables when it is first asked for and again when one of them changes. A
query costs one statement for each of its root fields, whatever hangs below them; a mutation is one unit of work, all of
it or nothing. Whose rows are seen and changed is not up to the request: every statement is held to one organization.
"""

from botyard.core.graphql.faults import PERMISSION, UNEXPECTED, Failed, fault
from botyard.core.graphql.limits import Limits
from botyard.core.graphql.prepare import Documents, Prepared
from botyard.core.graphql.run import Request, Stale, run
from botyard.core.graphql.schema import ApiSchema
from botyard.core.graphql.types import TableTypes

__all__ = [
    "PERMISSION",
    "UNEXPECTED",
    "ApiSchema",
    "Documents",
    "Failed",
    "Limits",
    "Prepared",
    "Request",
    "Stale",
    "TableTypes",
    "fault",
    "run",
]
