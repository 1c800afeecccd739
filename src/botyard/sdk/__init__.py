"""Clients for Botyard. `native` speaks the native protocol; the drop-in modules of the dialects come beside it."""
