"""Fields that keep a secret: encrypted at rest, comparable only by a keyed hash."""

import base64
import functools
import os

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

NONCE_BYTES, TAG_BYTES = 12, 16


class SecretError(ValueError):
    """A stored secret that no configured key opens."""


class SM4GCM:
    """SM4 in GCM with the interface of `AESGCM`; its 16 bytes are derived from the key by SM3."""

    def __init__(self, key):
        self._key = algorithms.SM4(HKDF(hashes.SM3(), 16, None, b"sm4-gcm").derive(key))

    def encrypt(self, nonce, data, bound):
        sealer = Cipher(self._key, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(bound)
        return sealer.update(data) + sealer.finalize() + sealer.tag

    def decrypt(self, nonce, data, bound):
        opener = Cipher(self._key, modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        opener.authenticate_additional_data(bound)
        return opener.update(data[:-TAG_BYTES]) + opener.finalize()


# The first byte of a stored value: never give a number to another cipher.
AES_GCM, SM4_GCM = 1, 2
CIPHERS = {AES_GCM: AESGCM, SM4_GCM: SM4GCM}
CIPHER_IDS = {"aes-gcm": AES_GCM, "sm4-gcm": SM4_GCM}
HASHES = {"": hashes.SHA256, "sha256": hashes.SHA256, "sm3": hashes.SM3}


@functools.cache
def _keys(configured):
    """{key id: 32 bytes} in the order of the setting; the first one encrypts."""
    keys = {}
    for part in configured.split(","):
        name, _, value = part.strip().partition(":")
        keys[name.encode()] = base64.b64decode(value)
    return keys


@functools.cache
def _cipher(cipher_id, key):
    return CIPHERS[cipher_id](key)


def head():
    """What a value that is sealed now begins with: cipher id, key id length, key id."""
    key_id = next(iter(_keys(settings.FIELD_KEYS)))
    return bytes((CIPHER_IDS[settings.FIELD_CIPHER], len(key_id))) + key_id


def encrypt(text, context):
    """bytes: cipher id, key id length, key id, nonce, ciphertext; bound to `context`."""
    [sealed] = encrypt_all([text], context)
    return sealed


def encrypt_all(texts, context):
    """`encrypt` of each of many texts, with one call for their nonces."""
    key, begins, bound = next(iter(_keys(settings.FIELD_KEYS).values())), head(), context.encode()
    seal = _cipher(begins[0], key).encrypt
    nonces = os.urandom(NONCE_BYTES * len(texts))
    found = []
    for at, text in enumerate(texts):
        nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        found.append(begins + nonce + seal(nonce, text.encode(), bound))
    return found


def decrypt(stored, context):
    """The text that `encrypt` sealed. SecretError when the key or the context is another."""
    stored = bytes(stored)
    cipher_id, key_length = stored[0], stored[1]
    key_id = stored[2 : 2 + key_length]
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if cipher_id not in CIPHERS or key is None:
        raise SecretError(f"no key {key_id!r} for cipher {cipher_id}")
    body = stored[2 + key_length :]
    opened = _cipher(cipher_id, key).decrypt
    try:
        return opened(body[:NONCE_BYTES], body[NONCE_BYTES:], context.encode()).decode()
    except Exception as error:
        raise SecretError("the stored value was changed or sealed for another field") from error


def blind_index(text):
    """32 bytes, a keyed hash: equal texts give equal bytes, and the text cannot be read back."""
    begun = _keyed(settings.HMAC_KEY)[0].copy()
    begun.update(text.encode())
    return begun.finalize()


def blind_indexes(texts):
    """The blind index of each of many texts, as hexadecimal digits."""
    begin, found = _keyed(settings.HMAC_KEY)[0].copy, []
    for text in texts:
        begun = begin()
        begun.update(text.encode())
        found.append(begun.finalize().hex())
    return found


def all_indexes(text):
    """The blind indexes under which a row may be stored while a key is replaced, today's first."""
    found = []
    for begun in _keyed(settings.HMAC_KEY):
        copied = begun.copy()
        copied.update(text.encode())
        found.append(copied.finalize())
    return found


def is_rehashing():
    """Whether rows may still be stored under an older hash key."""
    return len(_keyed(settings.HMAC_KEY)) > 1


@functools.cache
def _keyed(configured):
    """The hashes with their keys taken in: copying is cheaper than taking a key in again."""
    found = []
    for part in configured.split(","):
        name, _, key = part.strip().rpartition(":")
        found.append(hmac.HMAC(base64.b64decode(key), HASHES[name]()))
    return found


class EncryptedTextField(models.BinaryField):
    """Text in Python, sealed bytes in the database. Cannot be searched; keep a blind index.

    The index of `<name>_sealed` is the column `<name>_index`; `rotate_keys` rewrites both.
    """

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @property
    def context(self):
        """What the ciphertext is bound to, so that it cannot be moved to another column."""
        tracked = getattr(self.model, "pgh_tracked_model", self.model)
        return f"{tracked._meta.label_lower}.{self.name}"

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
