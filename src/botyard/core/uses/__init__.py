"""Uses: what an automation declares that its bots read, such as credentials and assets.

An automation without a declaration may use all that its workspace has. One that declares what it uses is narrowed to
that: of a kind that it does not name it uses nothing.
"""

from botyard.core.uses.declared import Kind, allowed_to, check_use

__all__ = ["Kind", "allowed_to", "check_use"]
