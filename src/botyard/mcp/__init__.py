"""Botyard for assistants: a server of the Model Context Protocol that looks at work and starts it.

`botyard mcp` speaks it on standard input and output. Every tool acts with the key that the command was given, so that
its role decides what an assistant may do: tools that it does not allow are not offered. Each use of a tool is recorded
in the audit before it happens, and what it changes a second time, as every change is.
"""
