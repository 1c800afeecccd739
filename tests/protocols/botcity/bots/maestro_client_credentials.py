"""Run by an interpreter with the maestro-client package: `server login key`. Drives every call about credentials."""

from __future__ import annotations

import sys

from maestro_client import MaestroClient  # type: ignore[import-not-found]

server, login, key = sys.argv[1:]
client = MaestroClient(login=login, key=key, base_url=server)
client.authenticate()

made = client.credentials.create(label="MyCredential", values={"user": "user123", "password": "pass123", "pin": 7})
assert made.status_code == 200, made.data
assert (made.data["label"], made.data["repositoryLabel"]) == ("MyCredential", "DEFAULT")
assert client.credentials.create(label="MyCredential", values={}).status_code == 409
assert client.credentials.get_key("MyCredential", "password").data == "pass123"
whole = client.credentials.get("MyCredential").data
assert {one["key"]: one["value"] for one in whole["secrets"]} == {"user": "user123", "password": "pass123", "pin": "7"}
listed = client.credentials.list().data
assert [one["label"] for one in listed] == ["MyCredential"], listed
assert {one["value"] for one in listed[0]["secrets"]} == {None}
missing = client.credentials.get_key("MyCredential", "none")
assert (missing.ok, missing.status_code) == (False, 404)
assert client.credentials.get("none").data["message"]
