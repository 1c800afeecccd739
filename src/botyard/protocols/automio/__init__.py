"""The API of Automio, as the unmodified `automio` and `robotnikai` client libraries use it (contract: automio.md).

`routes.py` is the table of contents. Words of this dialect (organization, app, action, run) that the core does not have
appear here and nowhere else. What clients sleep for is never sent on purpose: see `errors.py`.
"""
