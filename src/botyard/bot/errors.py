"""What code inside a task raises and catches."""

from __future__ import annotations


class BusinessError(Exception):
    """The item itself is wrong, and trying it again would not help: raised by a bot while it works on one."""


class Interrupted(BaseException):
    """Somebody asked the bot to stop; raised by `raise_on_interrupt`, and not caught by `except Exception`."""


class NotInTask(RuntimeError):
    """The process belongs to a task, and may not speak for it."""
