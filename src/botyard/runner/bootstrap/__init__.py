"""Programs that start a bot inside its own environment; each is run as a script, with that environment's Python alone.

They are a folder of their own because Python puts the folder of a script where a bot looks for its modules first.
"""
