"""Measurements: each script names the command that runs it and prints one JSON line a figure."""
