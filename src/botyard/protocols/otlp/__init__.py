"""OTLP over HTTP, as every OpenTelemetry SDK exports spans: they land in the trace of a task.

`routes.py` is the table of contents. Both encodings of the protocol are read, `protobuf.py` and `jsonform.py`, into
the same structs (`sent.py`); `meaning.py` says what their parts are here, and `receive.py` finds the tasks.
"""
