"""What our client has of the vendor's 0.5.7."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.sdk.automio.exceptions import ForbiddenException, NotFoundException, ServiceException
from botyard.sdk.automio.wrapper import API
from tests.support.peer import Peer


def test_a_run_is_waited_for_while_the_server_comes_and_goes(api: API, peer: Peer) -> None:
    running, done = {"status": "running", "progress": 5}, {"status": "completed", "result": {"n": 1}}
    peer.prepare((200, running), (503, {"detail": "busy"}), (200, running), (200, done))
    assert api.actions.wait_for_run(7, poll_interval=0).result == {"n": 1}
    assert {seen[1] for seen in peer.seen} == {"/api/actions/runs/7/status/"}
    peer.prepare((200, running))
    with pytest.raises(TimeoutError, match="Run 7 is not over after 0 s"):
        api.actions.waitForRun("7", timeout=0)
    peer.prepare((503, {"detail": "busy"}))
    with pytest.raises(ServiceException, match="busy"):
        api.actions.wait_for_run(7, poll_interval=0, max_consecutive_errors=2)
    peer.prepare((404, {"detail": "There is no run 7."}))
    with pytest.raises(NotFoundException, match="no run 7"):
        api.actions.wait_for_run(7)


def test_files_are_sent_in_whichever_form_they_are_given(api: API, peer: Peer, tmp_path: Any) -> None:
    kept = dict.fromkeys(("bucket_name", "path", "object_key", "public_url", "content_type"), "x")
    peer.prepare((201, {**kept, "original_filename": "x", "size": 3}))
    (tmp_path / "a.csv").write_bytes(b"abc")
    for file, name in ((tmp_path / "a.csv", b"a.csv"), (str(tmp_path / "a.csv"), b"a.csv"), (b"abc", b"b.csv")):
        assert api.files.upload(file, path="r/b.csv", overwrite=True, organization_id=1, is_public=True).size == 3
        assert b'filename="%s"' % name in peer.seen[-1][3]
    assert (peer.heads[-1]["x-file-public"], peer.heads[-1]["x-organization-id"]) == ("true", "1")
    assert b"\r\n\r\nTrue\r\n" in peer.seen[-1][3]
    assert api.files.upload_from_url("https://a.example/b", app_id=131).path == "x"
    assert peer.seen[-1][1::2] == (
        "/api/apps/131/files/upload-from-url/",
        b'{"url":"https://a.example/b","overwrite":false}',
    )
    for wrong in (lambda: api.files.get_metadata(" "), lambda: api.files.download_binary("a"), send_nothing(api)):
        with pytest.raises(ValueError, match=r"missing|no address"):
            wrong()
    peer.prepare((403, {"detail": "no"}))
    with pytest.raises(ForbiddenException):
        api.files.download_binary("https://a.example/b")


def send_nothing(api: API) -> Any:
    return lambda: api.runtime.send_notification("")
