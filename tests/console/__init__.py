"""The console, from its words to a browser."""
