"""Calls that make and find datapools; what one can do with them is in `DataPool`."""

from __future__ import annotations

from botyard.sdk.botcity.datapool import DataPool
from botyard.sdk.botcity.guards import ensure_access_token, since_version
from botyard.sdk.botcity.session import Session, json_object
from botyard.sdk.transport import segment


class PoolCalls(Session):
    """Calls raise HTTPError when the server refuses."""

    @since_version("3.0.2")
    @ensure_access_token()
    def create_datapool(self, pool: DataPool) -> DataPool:
        """Create a datapool; returned is the same object, which can be worked with from now on."""
        pool.maestro = self
        reply = self.call_api("POST", "/datapool", json=pool.to_dict())
        reply.raise_for_status()
        pool.datapool_id = json_object(reply).get("id")
        return pool

    @since_version("3.0.2")
    @ensure_access_token()
    def get_datapool(self, label: str) -> DataPool:
        """Return a datapool."""
        reply = self.call_api("GET", f"/datapool/{segment(label)}")
        reply.raise_for_status()
        return DataPool.from_json(payload=reply.content, maestro=self)
