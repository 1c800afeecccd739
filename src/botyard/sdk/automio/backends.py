"""Where values and the progress of a task are kept: in the cache service, or without one in Redis."""

from __future__ import annotations

import logging
import os
import uuid
from typing import Any, Protocol

import httpx2
import msgspec

from botyard.sdk.automio import retrying
from botyard.sdk.automio.api_client import error_of, segment
from botyard.sdk.automio.connections import Connections
from botyard.sdk.automio.encoding import encode
from botyard.sdk.automio.resp import Redis, RedisError

logger = logging.getLogger("botyard.sdk.automio")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A key and whose it is: in the words of the cache service, and as one key of Redis."""

    key: str
    query: dict[str, str]
    body: dict[str, Any] = {}
    redis_key: str


class Backend(Protocol):
    """Keeps values. Every method may raise OpenApiException, OSError, RedisError, ValueError or TypeError."""

    task_id: str

    def get(self, place: Place) -> Any:
        """Return what is known of a key."""

    def set(self, place: Place, value: Any, ttl: int | None) -> Any:
        """Keep a value, for `ttl` seconds when that is given."""

    def delete(self, place: Place) -> Any:
        """Forget a value."""

    def set_progress(self, progress: int, info: str, status: str) -> Any:
        """Tell how far the task is."""

    def close(self) -> None:
        """Close the connections."""


class Service:
    """The cache service of the server, by HTTP; asking it twice does no more than asking it once."""

    def __init__(self, url: str, task_id: str) -> None:
        self.task_id = task_id
        self._base = url.strip().rstrip("/")
        self._connections = Connections()
        token = os.environ.get("CACHE_SERVICE_TOKEN", "")
        self._headers = {"Authorization": f"Bearer {token}".strip(), "Content-Type": "application/json"}

    def get(self, place: Place) -> Any:
        """Return the envelope with the value."""
        return self._ask("GET", f"/get/{segment(place.key)}/", place.query)

    def set(self, place: Place, value: Any, ttl: int | None) -> Any:
        """Keep a value."""
        body = {**place.body, "key": place.key, "value": value, "ttl": ttl}
        return self._ask("POST", "/set/", place.query, body)

    def delete(self, place: Place) -> Any:
        """Forget a value."""
        return self._ask("DELETE", f"/delete/{segment(place.key)}/", place.query)

    def set_progress(self, progress: int, info: str, status: str) -> Any:
        """Tell how far the task is."""
        body = {"progress": progress, "info": info, "status": status}
        return self._ask("POST", f"/set-progress/{segment(self.task_id)}/", None, body)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _ask(self, method: str, path: str, query: dict[str, str] | None, body: Any = None) -> Any:
        content = None if body is None else encode(body)

        def send() -> httpx2.Response:
            return self._connections.send(method, self._base, path, query=query, content=content, headers=self._headers)

        response = retrying.readily(send)
        if not response.is_success:
            raise error_of(response)
        return msgspec.json.decode(response.content)


class DirectRedis:
    """Redis, which several programs on one machine may share; keys and values are the vendor's."""

    def __init__(self, redis: Redis, task_id: str) -> None:
        self.task_id = task_id
        self._redis = redis

    def get(self, place: Place) -> Any:
        """Return an envelope with the value as JSON text and the seconds that are left (-1: no end), else None."""
        value = self._redis.command("GET", place.redis_key)
        if value is None:
            return None
        return {"key": place.key, "value": value, "exists": True, "ttl": self._redis.command("TTL", place.redis_key)}

    def set(self, place: Place, value: Any, ttl: int | None) -> Any:
        """Keep a value as JSON."""
        text = encode(value).decode()
        self._redis.command("SET", place.redis_key, text, *(("EX", ttl) if ttl else ()))
        return {"success": True, "key": place.key, "message": "The value is kept.", "ttl": ttl}

    def delete(self, place: Place) -> Any:
        """Forget a value."""
        deleted = bool(self._redis.command("DEL", place.redis_key))
        message = "The value is forgotten." if deleted else "There was no value."
        return {"success": True, "message": message, "key": place.key, "deleted": deleted}

    def set_progress(self, progress: int, info: str, status: str) -> Any:
        """Keep how far the task is, and log it."""
        kept = {"progress": progress, "info": info, "status": status, "updated_at": str(uuid.uuid4())}
        self._redis.command("SET", f"task:progress:{self.task_id}", encode(kept).decode())
        logger.info("Task %s: %s %%, %s", self.task_id, progress, info)
        return {
            "success": True,
            "message": "The progress is kept.",
            "task_id": self.task_id,
            "progress": int(progress),
            "info": info,
            "status": status,
        }

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()


def connect() -> Backend:
    """Return what the environment says: the service at CACHE_SERVICE_URL, else Redis.

    Raises ConnectionError when Redis does not answer, ValueError for a port or database that is no number.
    """
    task_id = os.environ.get("TASK_ID", str(uuid.uuid4()))
    url = os.environ.get("CACHE_SERVICE_URL")
    if url:
        logger.debug("Values are kept by the cache service at %s; this is task %s.", url, task_id)
        return Service(url, task_id)
    host, port = os.environ.get("REDIS_HOST", "localhost"), int(os.environ.get("REDIS_PORT", "6379"))
    db = int(os.environ.get("REDIS_DB", "0"))
    redis = Redis(host, port, db=db, password=os.environ.get("REDIS_PASSWORD"))
    try:
        redis.command("PING")
    except (OSError, RedisError) as error:
        redis.close()
        raise ConnectionError(
            f"CACHE_SERVICE_URL is not set, and Redis at {host}:{port}/{db} cannot be used ({error}). Set one of them "
            "up; `botyard connect automio` prints CACHE_SERVICE_URL."
        ) from error
    logger.debug("Values are kept in Redis at %s:%d/%d; this is task %s.", host, port, db, task_id)
    return DirectRedis(redis, task_id)
