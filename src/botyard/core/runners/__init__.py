"""Runners: the agents on machines that run bots.

A runner registers once with a join code and keeps its own token. It is online while it polls or beats; its
slots bound how many attempts it holds at a time. Draining, it finishes what it has and takes nothing new.
"""

from botyard.core.runners.model import Runner
from botyard.core.runners.register import register
from botyard.core.runners.search import by_names, find, get, in_service, list_all, matching, named, page
from botyard.core.runners.update import drain, forget

__all__ = [
    "Runner",
    "by_names",
    "drain",
    "find",
    "forget",
    "get",
    "in_service",
    "list_all",
    "matching",
    "named",
    "page",
    "register",
]
