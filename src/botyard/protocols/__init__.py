"""The dialects that Botyard speaks: each translates its own wire to operations of the core, and back."""
