"""The calls of each concept, written once for both clients; see `botyard.sdk.faces`."""
