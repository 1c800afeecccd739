"""What `botcity.maestro` offers, for Botyard: change the import and keep the bot.

    from botyard.sdk.botcity import AutomationTaskFinishStatus, BotMaestroSDK

Submodules are where users import them from: `datapool` (with `enums`), `model`, `sdk`.
"""

from botyard.sdk.botcity.datapool import DataPool, DataPoolEntry
from botyard.sdk.botcity.datapool.datapool import SchemaField
from botyard.sdk.botcity.datapool.enums import ErrorType, FieldType
from botyard.sdk.botcity.model import (
    AlertType,
    Artifact,
    AutomationTask,
    AutomationTaskFinishStatus,
    AutomationTaskState,
    BotExecution,
    Column,
    MessageType,
    ServerMessage,
    ServerMessageType,
)
from botyard.sdk.botcity.sdk import BotMaestroSDK

#: The release whose names, parameters and results these are.
__version__ = "0.9.1"

__all__ = [
    "AlertType",
    "Artifact",
    "AutomationTask",
    "AutomationTaskFinishStatus",
    "AutomationTaskState",
    "BotExecution",
    "BotMaestroSDK",
    "Column",
    "DataPool",
    "DataPoolEntry",
    "ErrorType",
    "FieldType",
    "MessageType",
    "SchemaField",
    "ServerMessage",
    "ServerMessageType",
]
