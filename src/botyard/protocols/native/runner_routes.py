"""The routes of native v1 that runners speak, and those about runners."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import bulk, files, runners
from botyard.protocols.native.queries import AFTER, LIMIT
from botyard.web.declaring import FILE, Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_WORK, _MANAGE = Permission.RUNNER_WORK, Permission.RUNNERS_MANAGE
_ATTEMPT = "/runner/attempts/{attempt}"
_STALE = ("stale_lease",)
_KIB = 1024
_END_BODY = 2 * 1024 * _KIB
#: Two thousand lines of 32 KiB would be more; such a batch is for the runner to split.
_LOG_BODY = 16 * 1024 * _KIB
_LABEL = Query("label", "Only those with this label.")
_CLAIM = "b3f1c7d2"

RUNNER_ROUTES = [
    Route(
        "POST",
        "/runners/register",
        runners.register,
        Permission.RUNNER_JOIN,
        body_limit=64 * _KIB,
        takes=wire.RegisterRunner,
        gives=wire.RunnerIdentity,
        status=201,
        secret=True,
        problems=("illegal_transition",),
        example={"name": "vm-1", "slots": 2, "host": "vm-1", "os": "Linux", "version": "1.0"},
    ),
    Route("POST", "/runner/begin", runners.begin, _WORK, body_limit=16 * _KIB, gives=wire.BeginReply),
    Route(
        "POST",
        "/runner/lease",
        runners.lease,
        _WORK,
        body_limit=16 * _KIB,
        takes=wire.LeaseCall,
        gives=wire.LeaseReply,
        problems=("not_found",),
        example={"free": 1, "claim": _CLAIM, "wait": 30},
    ),
    Route(
        "POST",
        "/runner/heartbeat",
        runners.heartbeat,
        _WORK,
        body_limit=256 * _KIB,
        takes=wire.HeartbeatCall,
        gives=wire.HeartbeatReply,
        problems=("not_found",),
        example={"attempts": ["at_4711"], "wait": 30, "known": {"at_4711": "interrupt"}},
    ),
    Route("POST", f"{_ATTEMPT}/start", runners.start, _WORK, body_limit=16 * _KIB, problems=_STALE),
    Route(
        "POST",
        f"{_ATTEMPT}/token",
        runners.rotate_token,
        _WORK,
        body_limit=16 * _KIB,
        takes=wire.TokenCall,
        gives=wire.TokenReply,
        problems=("stale_lease", "illegal_transition"),
        example={"claim": _CLAIM, "number": 1},
    ),
    Route(
        "POST",
        f"{_ATTEMPT}/logs",
        runners.append_logs,
        _WORK,
        body_limit=_LOG_BODY,
        takes=wire.LogCall,
        gives=wire.LogReply,
        problems=_STALE,
        example={"lines": [[1, 1767225600000000, "stdout", "12 invoices found"]]},
    ),
    Route("GET", f"{_ATTEMPT}/files/{{id}}", files.read, _WORK, gives=FILE, problems=_STALE),
    Route(
        "POST",
        f"{_ATTEMPT}/files",
        files.keep,
        _WORK,
        query=(Query("name", "What the file is called.", example="report.csv"),),
        takes=FILE,
        gives=wire.ArtifactView,
        status=201,
        problems=_STALE,
    ),
    Route(
        "POST",
        f"{_ATTEMPT}/end",
        runners.end,
        _WORK,
        body_limit=_END_BODY,
        takes=wire.EndCall,
        gives=wire.TaskView,
        problems=_STALE,
        example={"exit_code": 0, "message": "12 invoices sent", "output": {"sent": 12}},
    ),
    Route(
        "POST",
        f"{_ATTEMPT}/release",
        runners.release,
        _WORK,
        body_limit=64 * _KIB,
        takes=wire.ReleaseCall,
        problems=_STALE,
        example={"reason": "the package could not be fetched"},
    ),
    Route(
        "GET",
        "/runners",
        runners.list_all,
        Permission.RUNNERS_READ,
        query=(_LABEL, AFTER, LIMIT),
        gives=wire.RunnerList,
    ),
    Route(
        "POST",
        "/runners/bulk/matching",
        bulk.act_on_runners,
        _MANAGE,
        takes=wire.RunnerMatchCall,
        gives=wire.RunnerMatchReply,
        example={"action": "drain", "label": "windows", "dry_run": True},
        name="runners_bulk_matching",
    ),
    Route("POST", "/runners/{runner}/drain", runners.drain, _MANAGE, gives=wire.RunnerView),
    Route("POST", "/runners/{runner}/resume", runners.resume, _MANAGE, gives=wire.RunnerView),
]
