"""The composition root: settings become a database, a file store, routes and background loops, here and only here."""
