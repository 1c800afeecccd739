"""Edits that must not overwrite what their author did not see: each names the state that it was made of."""

from botyard.core.edits.guard import guarded, tag_of

__all__ = ["guarded", "tag_of"]
