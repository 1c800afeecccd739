"""The console: what people see in a browser.

Pages are rendered on the server and complete without JavaScript; htmx swaps the parts that move, and
server-sent events tell it only which ids changed. `routes()` is the table of contents. Every page is a
handler in `pages/`, one read of the core through a context function, and a template of the same name.
"""

from botyard.console.routes import routes

__all__ = ["routes"]
