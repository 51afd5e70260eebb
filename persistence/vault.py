"""Secrets at rest: server seeds and HMAC keys, under AES-256-GCM and a key that the database never sees."""

import hashlib
import os
import secrets
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from games.errors import Internal

_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class SecretKeysError(ValueError):
    """The keys that secrets are encrypted under cannot be used; the message says where they stand and what to do."""


class Vault:
    """Encrypts for a tenant and decrypts what any of its keys has encrypted.

    Arguments: `keys`, 32 bytes each; the first encrypts, all decrypt, so that a key is replaced by putting a new one in
    front. A sealed value is key id (4 bytes), nonce (12), ciphertext; the tenant is authenticated with it, so a value
    moved to another tenant's row does not open.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    @property
    def current_key_id(self) -> bytes:
        """What a value sealed now begins with."""
        return self._current

    def seal(self, tenant_id: UUID, plain: bytes) -> bytes:
        """Encrypt `plain` for the tenant."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, plain, tenant_id.bytes)

    def open(self, tenant_id: UUID, sealed: bytes) -> bytes:
        """Decrypt what was sealed for the tenant; raises `Internal` when no key of ours opens it."""
        cipher = self._ciphers.get(bytes(sealed[:_KEY_ID_BYTES]))
        if cipher is None:
            raise Internal(
                "A secret was encrypted under a key that this server does not have. Check WHEELHOUSE_SECRET_KEYS."
            )
        nonce = sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[_KEY_ID_BYTES + _NONCE_BYTES :], tenant_id.bytes)
        except InvalidTag as error:
            raise Internal("A stored secret does not belong to this tenant or was changed.") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"wheelhouse-vault:" + key).digest()[:_KEY_ID_BYTES]


def vault_from(keys_hex: str | None, data_folder: Path) -> Vault:
    """The vault of `keys_hex` (comma-separated, 64 hex characters each), else of the key file in the data folder.

    The file is made at the first start, readable by its owner alone. Raises `SecretKeysError`, which tells no key.
    """
    if keys_hex:
        return Vault(_keys(keys_hex.split(","), "WHEELHOUSE_SECRET_KEYS"))
    path = data_folder / "secret.key"
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise SecretKeysError(
            f"The key file {path} cannot be written ({error.strerror}). Set WHEELHOUSE_SECRET_KEYS, or WHEELHOUSE_DATA"
            " to a folder that this user may write to."
        ) from error
    else:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeysError(
            f"The key file {path} cannot be read. Give it to this user, or put a copy back."
        ) from error
    return Vault(_keys(lines, f"The key file {path}"))


def _keys(texts: list[str], place: str) -> list[bytes]:
    keys = []
    for number, text in enumerate(texts, 1):
        try:
            key = bytes.fromhex(text.strip())
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise SecretKeysError(
                f"{place}: key {number} is not {_KEY_BYTES} bytes as {2 * _KEY_BYTES} hex characters."
                " Put the right one back, or make a new one with `openssl rand -hex 32`."
            )
        keys.append(key)
    if not keys:
        raise SecretKeysError(f"{place} holds no key. Put it back, or make one with `openssl rand -hex 32`.")
    return keys
