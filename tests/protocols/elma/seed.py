"""The requests and answers of the document that this dialect follows; ids, which a server chooses, are put in."""

from __future__ import annotations

import json
from typing import Any

TOKEN = "5d5ec66f-357d-4c2d-bbc1-2012278d2361"
PROCESS = "c39f99de-cb8f-4661-a206-b282a4830cbf"
TASK = 955

CREATE = r"""{
"auth_tkn":"5d5ec66f-357d-4c2d-bbc1-2012278d2361",
"task":
    {
    "process":"c39f99de-cb8f-4661-a206-b282a4830cbf",
    "version":0,
    "ctx": "{\"StringParam_in\":\"String value\",\"FileParam_in\":\"http://127.0.0.1:8088/v1/task/download_elma?uid=c054ab8e-cd33-429e-b4f3-7f61abcfd381&system=5d5ec66f-357d-4c2d-bbc1-2012278d2361\",\"DateTimeParam_in\":\"2020-03-22T00:00:00Z\",\"BoolParam_in\":true,\"DoubleParam_in\":12.2,\"IntParam_in\":76,\"ArrayParam_in\":[\"http://127.0.0.1:8088/v1/task/download_elma?uid=c054ab8e-cd33-429e-b4f3-7f61abcfd381&system=5d5ec66f-357d-4c2d-bbc1-2012278d2361\",\"http://127.0.0.1:8088/v1/task/download_elma?uid=c054ab8e-cd33-429e-b4f3-7f61abcfd381&system=5d5ec66f-357d-4c2d-bbc1-2012278d2361\"]}"
    }
}"""
STATUS = """{
    "auth_tkn":"5d5ec66f-357d-4c2d-bbc1-2012278d2361",
    "id":955
}"""
DOWNLOAD = """{
    "auth_tkn":"5d5ec66f-357d-4c2d-bbc1-2012278d2361",
    "taskid":955,
    "filename":"12.txt"
}"""

CREATED: dict[str, Any] = json.loads("""{
    "status": 201,
    "task": {
        "id": 955,
        "process": "c39f99de-cb8f-4661-a206-b282a4830cbf",
        "system": "5d5ec66f-357d-4c2d-bbc1-2012278d2361",
        "priority": "MEDIUM",
        "status": "PREPARE",
        "metrics": {},
        "created": "2020-06-29T14:29:52+04:00",
        "updated": "2020-06-29T14:29:52+04:00"
    }
}""")

DONE: dict[str, Any] = json.loads(r"""{
    "status": 200,
    "task": {
        "id": 955,
        "process": "c39f99de-cb8f-4661-a206-b282a4830cbf",
        "ctx": "6e01adcb-de15-475f-86fa-b5d3a78a2d14",
        "system": "5d5ec66f-357d-4c2d-bbc1-2012278d2361",
        "priority": "MEDIUM",
        "groups": [
            "8f6895c5-70a5-498f-b813-ab72e2b6e5f0"
        ],
        "status": "DONE",
        "bot": "5e771afd-1261-4451-b059-4543d41a5814",
        "outputCtx": "{\r\n  \"stringvalue_out\": \" (changed script)\",\r\n  \"filevalue_out\": null,\r\n  \"datetimevalue_out\": \"2020-06-29T11:08:29.2068223Z\",\r\n  \"boolvalue_out\": true,\r\n  \"doublevalue_out\": 0.1,\r\n  \"intvalue_out\": 7\r\n}",
        "log": "[INF] 2020/06/29 14:08:23 | [A.Server.Task] | Started.\n[INF] 2020/06/29 14:08:29 | [A.Player] | Done.\n",
        "metrics": {
            "startTime": "0001-01-01T00:00:00Z",
            "endTime": "0001-01-01T00:00:00Z"
        },
        "created": "2020-06-29T10:29:52Z",
        "updated": "2020-06-29T11:08:29Z"
    }
}""")  # noqa: E501


def body(text: str, *, process: str = PROCESS, task: int = TASK) -> bytes:
    """Return a request of the document with the ids of this server."""
    return text.replace(PROCESS, process).replace(f":{TASK}", f":{task}").encode()
