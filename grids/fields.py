"""Fields that keep a secret: encrypted at rest, comparable only by a keyed hash."""

import base64
import functools
import os

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

AES_GCM = 1  # cipher id; SM4-GCM will be 2
NONCE_BYTES = 12


class SecretError(ValueError):
    """A stored secret that no configured key opens."""


@functools.cache
def _keys(configured):
    """{key id: AESGCM} in the order of the setting; the first one encrypts."""
    keys = {}
    for part in configured.split(","):
        name, _, value = part.strip().partition(":")
        keys[name.encode()] = AESGCM(base64.b64decode(value))
    return keys


def encrypt(text, context):
    """bytes: cipher id, key id length, key id, nonce, ciphertext; bound to `context`."""
    [sealed] = encrypt_all([text], context)
    return sealed


def encrypt_all(texts, context):
    """`encrypt` of each of many texts, with one call for their nonces."""
    key_id, key = next(iter(_keys(settings.FIELD_KEYS).items()))
    head, bound = bytes((AES_GCM, len(key_id))) + key_id, context.encode()
    nonces = os.urandom(NONCE_BYTES * len(texts))
    found = []
    for at, text in enumerate(texts):
        nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        found.append(head + nonce + key.encrypt(nonce, text.encode(), bound))
    return found


def decrypt(stored, context):
    """The text that `encrypt` sealed. SecretError when the key or the context is another."""
    stored = bytes(stored)
    cipher_id, key_length = stored[0], stored[1]
    key_id = stored[2 : 2 + key_length]
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if cipher_id != AES_GCM or key is None:
        raise SecretError(f"no key {key_id!r} for cipher {cipher_id}")
    body = stored[2 + key_length :]
    try:
        return key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], context.encode()).decode()
    except Exception as error:
        raise SecretError("the stored value was changed or sealed for another field") from error


def blind_index(text):
    """32 bytes, HMAC-SHA256: equal texts give equal bytes, and the text cannot be read back."""
    begun = _keyed(settings.HMAC_KEY).copy()
    begun.update(text.encode())
    return begun.finalize()


def blind_indexes(texts):
    """The blind index of each of many texts, as hexadecimal digits."""
    begin, found = _keyed(settings.HMAC_KEY).copy, []
    for text in texts:
        begun = begin()
        begun.update(text.encode())
        found.append(begun.finalize().hex())
    return found


@functools.cache
def _keyed(configured):
    """The hash with its key taken in: copying it is cheaper than taking the key in again."""
    return hmac.HMAC(base64.b64decode(configured), hashes.SHA256())


class EncryptedTextField(models.BinaryField):
    """Text in Python, AES-GCM bytes in the database. Cannot be searched; keep a blind index."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @property
    def context(self):
        """What the ciphertext is bound to, so that it cannot be moved to another column."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, str):
            value = encrypt(value, self.context) if value else None
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        return None if value is None else SealedText(bytes(value), self.context)


class SealedText:
    """A secret read from the database; opened only by saying `.reveal()`."""

    __slots__ = ("context", "sealed")

    def __init__(self, sealed, context):
        self.sealed, self.context = sealed, context

    def reveal(self):
        return decrypt(self.sealed, self.context)

    def __bytes__(self):
        return self.sealed

    def __str__(self):
        return "******"

    __repr__ = __str__
