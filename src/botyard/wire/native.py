"""Native v1 in one import: `from botyard.wire import native` and then `native.LeaseCall`."""

from botyard.wire.runner import *
from botyard.wire.tasks import *
from botyard.wire.workspace import *
