"""The BotCity Maestro API, version 2, as its real client libraries use it.

`routes.py` is the table of contents. Words of this dialect (activity, machine, artifact `log`) appear here and
nowhere else; every rule of behaviour is in `botyard.core`.
"""
