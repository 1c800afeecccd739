"""The task queue of ELMA RPA's Orchestrator, as external systems call it.

`routes.py` is the table of contents. Words of this dialect (process, context, bot) appear here and nowhere else; every
rule of behaviour is in `botyard.core`, those of callers in `core.systems`.
"""
