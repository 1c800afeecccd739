"""Publishing over the wire: what the vendor's command line sends, and what it must never get away with."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access, automations, workspaces
from botyard.core.access import Role
from botyard.protocols.botvelocity.routes import TABLES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx

PROJECT = """
project:
  name: {name}
  version: {version}
  entrypoints:
  - {{name: main, command: "main:main", default: true}}
"""


def package(version: str = "1.0.0", *, name: str = "agent", **more: str) -> bytes:
    """Return a package as `bv build` makes it, and more files; "__" in a name stands for a dot."""
    files = {"bvproject__yaml": PROJECT.format(name=name, version=version), "main__py": "def main(): pass", **more}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path.replace("__", ".")), content)
    return buffer.getvalue()


def with_entry(entry: zipfile.ZipInfo, content: str = "") -> bytes:
    """Return a package with one more entry of any kind."""
    buffer = io.BytesIO(package())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, content)
    return buffer.getvalue()


class Publisher:
    """Somebody with a token and the client's habits."""

    def __init__(self, client: httpx2.AsyncClient, base: str) -> None:
        self._client = client
        self._base = base

    async def preflight(self, body: Any) -> httpx2.Response:
        return await self._client.post(f"{self._base}/packages/preflight", json=body)

    async def upload(self, content: bytes, name: str = "agent-1.0.0.bvpackage") -> httpx2.Response:
        files = {"file": (name, content, "application/octet-stream")}
        return await self._client.post(f"{self._base}/packages/upload", files=files)


def _key(tx: Tx, *, role: Role, now: int) -> str:
    workspace = workspaces.create(tx, label="acme", name="acme", now=now)
    return access.create_key(
        tx, workspace_id=workspace.id, name="k", dialect="botvelocity", role=role, owner="user:1", now=now
    ).text


async def _publisher(role: Role, settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[Publisher]:
    app = create_app(settings, db, blobs, tables=[*TABLES])
    token = await db.write(_key, role=role, now=db.now())
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard", headers=headers) as client:
        yield Publisher(client, "/acme/orchestrator_")
    app.tools.drain.start()


@pytest.fixture
async def developer(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[Publisher]:
    async for publisher in _publisher(Role.DEVELOPER, settings, db, blobs):
        yield publisher


@pytest.fixture
async def operator(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[Publisher]:
    async for publisher in _publisher(Role.OPERATOR, settings, db, blobs):
        yield publisher


async def test_a_package_becomes_an_automation_named_by_the_package(developer: Publisher, db: Database) -> None:
    asked = {"name": "agent", "version": "1.0.0"}
    assert (await developer.preflight(asked)).json()["can_publish"] is True
    assert (await developer.upload(package(), name="../other-9.9.9.bvpackage")).is_success
    workspace = await db.read(workspaces.get, label="acme")
    found = await db.read(automations.get, workspace_id=workspace.id, label="agent")
    assert (found.package_version, found.package_dialect) == ("1.0.0", "botvelocity")
    refused = (await developer.preflight(asked)).json()
    assert refused["can_publish"] is False
    assert "1.0.0" in refused["reason"]


async def test_a_version_is_published_once(developer: Publisher) -> None:
    assert (await developer.upload(package())).is_success
    for content in (package(), package(other__py="")):
        answer = await developer.upload(content)
        assert (answer.status_code, "1.0.0" in answer.json()["detail"]) == (409, True)
    assert (await developer.upload(package("1.0.1"))).is_success


LINK = zipfile.ZipInfo("link")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04 nonsense", id="nonsense"),
        pytest.param(with_entry(zipfile.ZipInfo("../up.py")), id="up"),
        pytest.param(with_entry(zipfile.ZipInfo("/etc/passwd")), id="absolute"),
        pytest.param(with_entry(zipfile.ZipInfo("MAIN.py")), id="twice"),
        pytest.param(with_entry(LINK, "/etc/passwd"), id="link"),
        pytest.param(with_entry(zipfile.ZipInfo(".venv/x")), id="environment"),
        pytest.param(with_entry(zipfile.ZipInfo("bomb")), id="fine, for comparison"),
        pytest.param(package(name="a b"), id="name"),
        pytest.param(package("1.0"), id="version"),
        pytest.param(package(bvproject__yaml="project: ["), id="project"),
        pytest.param(package(bvproject__yaml="x" * 70_000), id="long project"),
    ],
)
async def test_hostile_packages_are_refused_in_a_sentence(
    developer: Publisher, content: bytes, request: pytest.FixtureRequest
) -> None:
    answer = await developer.upload(content)
    if "comparison" in request.node.name:
        assert answer.is_success
        return
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "body", [{}, [], {"name": "a"}, {"name": 1, "version": "1.0.0"}, {"name": "a/b", "version": ""}]
)
async def test_a_question_that_makes_no_sense_is_refused(developer: Publisher, body: Any) -> None:
    answer = await developer.preflight(body)
    assert answer.status_code in {400, 422}
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    ("name", "version"), [("ä ö", "1.0.0"), ("fine", "1.0"), ("fine", "latest"), ("fine", "1.0.0\0")]
)
async def test_what_would_be_refused_is_said_beforehand(developer: Publisher, name: str, version: str) -> None:
    answer = (await developer.preflight({"name": name, "version": version})).json()
    assert answer["can_publish"] is False
    assert answer["reason"].startswith("project.")


async def test_only_those_who_may_deploy_publish(operator: Publisher) -> None:
    assert (await operator.preflight({"name": "a", "version": "1.0.0"})).status_code == 403
    assert (await operator.upload(package())).status_code == 403
