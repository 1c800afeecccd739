"""The protocol of our own: what runners, the SDK, the command line and the console's scripts speak.

`routes.py` is the table of contents. Bodies are the structs of `botyard.wire`, errors are problem details (RFC 9457)
with a stable code and a hint, lists are keyset pages, and a query parameter that is not known is refused.
"""
