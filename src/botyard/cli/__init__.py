"""The command line: one module per noun, each a thin layer over the SDK.

Modules import what they need inside of their commands, so that `botyard --help` does not load the server. Errors are
one sentence with the next step on standard error; the exit codes are those of `botyard.cli.exits`.
"""
