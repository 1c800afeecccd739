"""What tasks leave behind: files, alerts, errors, messages, log tables and spans."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.records import Alerts, Artifacts, ErrorGroups, Errors, LogTables, Messages
from botyard.sdk.concepts.traces import Spans

NOUNS = {
    "log": Described(
        calls=LogTables,
        commands={
            "list": Command(call="list", columns="label folder created_at created_by"),
            "show": SHOW,
            "create": Command(call="create", says="Log {label} is made."),
            "delete": removal("log {label} with its rows"),
            "rows": Command(call="rows", columns="id task values created_at"),
            "add": Command(call="add", says="{added} rows are added."),
            "export": Command(call="export_csv"),
        },
    ),
    "artifact": Described(
        calls=Artifacts,
        commands={
            "list": Command(call="list", columns="id task automation name file_name size created_at"),
            "show": SHOW,
            "download": Command(call="content"),
            "upload": Command(call="upload", says="Artifact {id} of task {task} is kept."),
            "delete": removal("artifact {artifact_id}"),
        },
    ),
    "error": Described(
        calls=Errors,
        commands={
            "list": Command(call="list", columns="id task group automation type message created_at"),
            "show": SHOW,
            "report": Command(call="report", says="Error {id} of task {task} belongs to fault {group}."),
            "attach": Command(call="attach", says="File {id} is kept."),
            "download": Command(call="file"),
        },
    ),
    "error-group": Described(
        calls=ErrorGroups,
        commands={
            "list": Command(call="list", columns="id automation type message place total last_seen resolved_by"),
            "show": SHOW,
            "resolve": Command(call="resolve", says="Fault {id} is marked as mended."),
            "reopen": Command(call="reopen", says="Fault {id} is open."),
        },
    ),
    "alert": Described(
        calls=Alerts,
        commands={
            "list": Command(call="list", columns="id level task automation title message created_at"),
            "show": SHOW,
            "create": Command(call="create", says="Alert {id} is raised on task {task}."),
        },
    ),
    "message": Described(
        calls=Messages,
        commands={
            "list": Command(call="list", columns="id state subject sent failed held task created_at created_by"),
            "show": SHOW,
            "send": Command(call="send", says="Message {id} is {state}."),
            "repeat": Command(call="repeat", says="Message {id} is {state}."),
        },
    ),
    "span": Described(
        calls=Spans,
        commands={
            "list": Command(call="list", columns="task epoch span_id parent_id name status Micros=duration started_at"),
            "of-task": Command(
                call="of_task", columns="epoch span_id parent_id name status Micros=duration started_at"
            ),
            "show": SHOW,
            "progress": Command(call="progress"),
        },
    ),
}
