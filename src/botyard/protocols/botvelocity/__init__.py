"""The Bot Velocity Orchestrator API, as the unmodified `bv-runtime` and the `bv` command line use it.

`routes.py` is the table of contents. Words of this dialect (tenant, robot, job execution, queue item) appear here and
nowhere else; every rule of behaviour is in `botyard.core`.
"""
