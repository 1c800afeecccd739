"""What `botcity-maestro-client` sends to addresses that the rest of the BotCity dialect does not have.

It speaks the BotCity Maestro API, so its keys, errors and answers are those of `botyard.protocols.botcity`; only its
logs and workspaces live under a prefix of their own.
"""
