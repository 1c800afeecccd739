"""The native protocol, version 1, as data: what server, runner, SDK and command line say to each other.

The structs here are shared by both ends. This package imports nothing else of Botyard, so that a
machine with only the client side installed can read it. Within version 1 fields are only added,
and an added field has a default: an older client ignores what it does not know, and an older server
ignores what a newer runner adds. Calls written by people (`CreateTask`, `CreateAutomation`, ...)
refuse unknown fields, because there a field that is silently ignored is a mistake nobody notices.
"""
