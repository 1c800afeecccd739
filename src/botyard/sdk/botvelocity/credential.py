"""A user name, and a password that is fetched when it is needed."""

from __future__ import annotations

from typing import Any, NoReturn

from botyard.sdk.botvelocity.secret import SecretHandle


class CredentialHandle:
    """Stands for a credential. Texts of it show no password; it is not a mapping, has no items and no truth value."""

    __slots__ = ("_name", "_password", "_username")

    def __init__(self, name: str, username: str, password: SecretHandle) -> None:
        """Remember what `get_credential` found."""
        self._name = str(name)
        self._username = str(username)
        self._password = password

    @property
    def name(self) -> str:
        """The name of the credential."""
        return self._name

    @property
    def username(self) -> str:
        """The name to sign in with."""
        return self._username

    @property
    def password(self) -> SecretHandle:
        """The password to sign in with: `password.value()` fetches it."""
        return self._password

    def __getitem__(self, key: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("A CredentialHandle has no items. Use .username and .password.")

    def __iter__(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("A CredentialHandle cannot be iterated. Use .username and .password.")

    def __bool__(self) -> bool:
        """Raise TypeError."""
        raise TypeError("A CredentialHandle is neither true nor false. Use .username and .password.")

    def __str__(self) -> str:
        """Return a text without the password."""
        return f"CredentialHandle(name={self._name!r}, username={self._username!r}, password='***')"

    def __repr__(self) -> str:
        """Return a text without the password."""
        return f"CredentialHandle(name={self._name!r}, username={self._username!r}, password=SecretHandle(masked))"

    def __json__(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("A CredentialHandle does not go into JSON. Take out what is needed.")
