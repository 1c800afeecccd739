"""A workspace file declares what a workspace holds, so that the workspace can live in version control.

The document is read whole before anything is written: an unknown key, a wrong type or a reference to something that
does not exist refuses all of it, with the file, the line and the key. Then it is applied in one transaction. Applying
twice changes nothing, and what the document does not mention stays as it is.
"""

from botyard.core.declare.apply import apply, plan
from botyard.core.declare.document import Document, contents, read
from botyard.core.declare.section import Change
from botyard.core.declare.source import Source

__all__ = ["Change", "Document", "Source", "apply", "contents", "plan", "read"]
