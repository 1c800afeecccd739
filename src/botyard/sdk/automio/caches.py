"""Caches, and the progress of the task.

None of these calls raises: what goes wrong is logged, and the result says that nothing came of it. An error of the
server is such a failure as well; the vendor's package returns its body as if that were the value.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from botyard.sdk.automio import environment
from botyard.sdk.automio.backends import Backend, Place
from botyard.sdk.automio.exceptions import OpenApiException
from botyard.sdk.automio.resp import RedisError

#: What may go wrong with a backend: no answer, a refusal, or a value that JSON does not have.
_FAILURES = (OpenApiException, RedisError, OSError, ValueError, TypeError)

logger = logging.getLogger("botyard.sdk.automio")


class CacheApi:
    """Keeps values under keys; any text is a key, `?`, `#` and `/` included.

    `get` returns an envelope: `{"key", "value", "exists", "ttl"}`. (The vendor's manual shows the bare value; its
    package, and so this one, returns what the service sends.) Straight in Redis, `value` is JSON text, and None is
    returned for a key that is not there.
    """

    def __init__(self, cache_config: Backend) -> None:
        self._backend = cache_config
        self.task_id = cache_config.task_id

    def get(self, key: str) -> Any:
        """Return the envelope with the value; None when that failed."""
        return _tried(lambda: self._backend.get(self._place(key)), f'Reading "{key}" from the cache failed', None)

    def set(self, key: str, value: Any, ttl: int | None = None) -> Any:
        """Keep a value, for `ttl` seconds or without an end, and return what the service says; False when it failed."""
        what = f'Keeping "{key}" in the cache failed'
        return _tried(lambda: self._backend.set(self._place(key), value, ttl), what, otherwise=False)

    def delete(self, key: str) -> Any:
        """Forget a value, and return what the service says; False when that failed."""
        what = f'Deleting "{key}" from the cache failed'
        return _tried(lambda: self._backend.delete(self._place(key)), what, otherwise=False)

    def _place(self, key: str) -> Place:
        raise NotImplementedError


class AppCacheApi(CacheApi):
    """Values of the app, for everyone in its organization."""

    def __init__(self, cache_config: Backend) -> None:
        super().__init__(cache_config)
        self.action_id = os.environ.get("ACTION_ID")
        self.app_id = environment.retrieve_app_id()

    def _place(self, key: str) -> Place:
        named = {} if self.action_id is None else {"action_id": self.action_id}
        return Place(
            key=key,
            query={"task_id": self.task_id, **named, "cache_type": "app"},
            body={"action": self.action_id},
            redis_key=f"app:{self.app_id}:{key}",
        )


class UserCacheApi(CacheApi):
    """Values of the organization, for all of its apps. Straight in Redis they are the task's alone."""

    def _place(self, key: str) -> Place:
        query = {"task_id": self.task_id, "cache_type": "org"}
        return Place(key=key, query=query, redis_key=f"org:{self.task_id}:{key}")


class Task:
    """The task that the program is.

    (In the vendor's package it also has `get`, `set` and `delete`, which always fail.)
    """

    def __init__(self, cache_config: Backend) -> None:
        self._backend = cache_config
        self.task_id = cache_config.task_id

    def set_progress(self, progress: int, info: str, status: str = "pending") -> Any:
        """Tell how far the task is, from 0 to 100, and return what the service says; None when that failed.

        `status` is "pending", "in_progress", "completed" or "failed"; the task ends with its process, whatever it says.
        """
        if not self.task_id:
            logger.error("TASK_ID is empty, so that nobody can be told of the progress.")
            return None
        what = f"Telling the progress of task {self.task_id} failed"
        return _tried(lambda: self._backend.set_progress(progress, info, status), what, None)


def _tried(do: Callable[[], Any], what: str, otherwise: Any) -> Any:
    try:
        return do()
    except _FAILURES as error:
        logger.error("%s: %s", what, error)  # noqa: TRY400 -- a line for the log of a task, not a traceback
        return otherwise
