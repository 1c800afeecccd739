"""Our drop-in modules beside the vendors' packages: the same calls, against the same server, in one run.

Each file here that has `MODULE` is a dialect: our module, the vendor's client (`requirements/clients`), what a server
has to have (`prepare`), and the calls that both can make (`calls`, which imports the vendor's names).
"""
