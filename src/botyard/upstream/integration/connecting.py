"""Connecting accounts: signing in at an OAuth2 provider, and trying whether an account works."""

from __future__ import annotations

from urllib.parse import urlsplit

from botyard.base.exceptions import Invalid
from botyard.core import integrations
from botyard.core.integrations import Account, Connection, Wishes
from botyard.core.vault import RootKeys
from botyard.storage import Database
from botyard.upstream import Upstream
from botyard.upstream.integration import oauth
from botyard.upstream.integration.wanted import Wanted


class Connecting:
    """The steps between a person who wants to connect an account and the account."""

    def __init__(self, db: Database, root_keys: RootKeys, upstream: Upstream) -> None:
        self._db = db
        self._root_keys = root_keys
        self._upstream = upstream

    async def begin(
        self, *, workspace_id: int, key: str, wishes: Wishes, redirect_uri: str, session: bool, actor: str
    ) -> str:
        """Return the address at which somebody signs in. Raises what `integrations.begin_oauth` raises."""
        integration, state = await self._db.write(
            integrations.begin_oauth,
            workspace_id=workspace_id,
            key=key,
            wishes=wishes,
            redirect_uri=redirect_uri,
            session=session,
            actor=actor,
            now=self._db.now(),
        )
        return oauth.authorize_url(integration, state=state, redirect_uri=redirect_uri)

    async def complete(self, *, state: str, code: str, error: str, visitor: tuple[int, str] | None) -> Connection:
        """Return the connection that a sign-in has led to.

        Raises Denied (code "oauth_state") for a state that does not hold, and Invalid (code "oauth_failed") when the
        provider or the person said no.
        """
        taken = await self._db.write(integrations.take_state, state=state, visitor=visitor, now=self._db.now())
        if error or not code:
            said = "".join(char for char in error if char.isprintable())[:300] or "it sent no code"
            raise _failed(f"The provider did not sign in: {said}.")
        secret = await self._db.read(
            integrations.client_secret, root_keys=self._root_keys, integration=taken.integration
        )
        try:
            tokens = await oauth.exchange(
                self._upstream,
                taken.integration,
                client_secret=secret,
                code=code,
                state=state,
                redirect_uri=taken.redirect_uri,
                now=self._db.now(),
            )
        except oauth.OauthFailed as failed:
            raise _failed(failed.reason) from None
        person = await oauth.identify(self._upstream, taken.integration, tokens.access_token)
        return await self._db.write(
            integrations.finish_oauth,
            root_keys=self._root_keys,
            taken=taken,
            tokens=tokens,
            email=person.email,
            uid=person.uid,
            now=self._db.now(),
        )


def probe(account: Account) -> tuple[Account, Wanted]:
    """Return the call that shows whether an account works: status_check_url if there is one, else base_url."""
    check = account.integration.details.status_check_url or ""
    if check.startswith(("http://", "https://")):
        parts = urlsplit(check)
        # The check may lie beside base_url, or on a server of its own that the integration names.
        moved = f"{parts.scheme}://{parts.netloc}"
        account = Account(integration=_at(account, moved), connection=account.connection, secrets=account.secrets)
        check = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return account, Wanted(endpoint=check)


def _at(account: Account, base_url: str) -> integrations.Integration:
    import msgspec

    return msgspec.structs.replace(account.integration, base_url=base_url)


def _failed(reason: str) -> Invalid:
    return Invalid(reason, hint="Begin again under Integrations.", code="oauth_failed")
