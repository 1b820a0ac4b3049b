"""Fields that keep a secret: encrypted at rest, comparable only by a keyed hash."""

import base64
import functools
import os
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, models
from django.db.models.query_utils import DeferredAttribute

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


# The first byte of a stored value, its cipher and what it is bound to: a column, or a column and
# the key of its row. Never give a number to something else.
AES_GCM, SM4_GCM, AES_GCM_IN_ROW, SM4_GCM_IN_ROW = 1, 2, 3, 4
CIPHERS: dict[int, Any] = {
    AES_GCM: AESGCM,
    SM4_GCM: SM4GCM,
    AES_GCM_IN_ROW: AESGCM,
    SM4_GCM_IN_ROW: SM4GCM,
}
CIPHER_IDS = {"aes-gcm": AES_GCM, "sm4-gcm": SM4_GCM}
IDS_IN_ROW = {"aes-gcm": AES_GCM_IN_ROW, "sm4-gcm": SM4_GCM_IN_ROW}
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


def head(*, in_row=False):
    """What a value that is sealed now begins with: cipher id, key id length, key id."""
    key_id = next(iter(_keys(settings.FIELD_KEYS)))
    ids = IDS_IN_ROW if in_row else CIPHER_IDS
    return bytes((ids[settings.FIELD_CIPHER], len(key_id))) + key_id


def encrypt(text, context, row=None):
    """bytes: cipher id, key id length, key id, nonce, ciphertext.

    Bound to `context`, and to the key of its row when one is given: elsewhere it does not open.
    """
    [sealed] = encrypt_all([text], context, None if row is None else [row])
    return sealed


def encrypt_all(texts, context, rows=None):
    """`encrypt` of each of many texts, with one call for their nonces; `rows` are their keys."""
    begins = head(in_row=rows is not None)
    seal = _cipher(begins[0], next(iter(_keys(settings.FIELD_KEYS).values()))).encrypt
    bounds = [_bound(context, row) for row in rows or [None] * len(texts)]
    nonces = os.urandom(NONCE_BYTES * len(texts))
    found = []
    for at, (text, bound) in enumerate(zip(texts, bounds, strict=True)):
        nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        found.append(begins + nonce + seal(nonce, text.encode(), bound))
    return found


def _bound(context, row):
    return context.encode() if row is None else f"{context}#{row}".encode()


def decrypt(stored, context, row=None):
    """The text that `encrypt` sealed. SecretError when the key, the context or the row is another.

    A value of before rows counted opens with any row.
    """
    stored = bytes(stored)
    cipher_id, key_length = stored[0], stored[1]
    key_id = stored[2 : 2 + key_length]
    key = _keys(settings.FIELD_KEYS).get(key_id)
    if cipher_id not in CIPHERS or key is None:
        raise SecretError(f"no key {key_id!r} for cipher {cipher_id}")
    has_row = is_in_row(stored)
    if has_row and row is None:
        raise SecretError("the stored value opens with the key of its row alone")
    body, bound = stored[2 + key_length :], _bound(context, row if has_row else None)
    opened = _cipher(cipher_id, key).decrypt
    try:
        return opened(body[:NONCE_BYTES], body[NONCE_BYTES:], bound).decode()
    except Exception as error:
        raise SecretError("the stored value was changed or sealed for another field") from error


def is_in_row(stored):
    """Whether a stored value is bound to its row already."""
    return bytes(stored)[0] in IDS_IN_ROW.values()


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


def reserve_keys(rows):
    """Give unsaved rows of one model the keys that they will have: what they seal is bound to them."""
    rows = list(rows)
    for row, key in zip(rows, new_keys(type(rows[0]), len(rows)) if rows else [], strict=True):
        row.pk = key
    return rows


def new_keys(model, count=1):
    """So many fresh primary keys of a model, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


class SealedAttribute(DeferredAttribute):
    """A sealed value knows its row as soon as it is read from it."""

    def __get__(self, instance, cls=None):
        value: Any = super().__get__(instance, cls)
        field: Any = self.field
        return value.of(field.row_of(instance)) if isinstance(value, SealedText) else value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):
    """Text in Python, sealed bytes in the database. Cannot be searched; keep a blind index.

    The index of `<name>_sealed` is the column `<name>_index`; `rotate_keys` rewrites both. A new
    row needs its key before it is saved: `reserve_keys`.
    """

    descriptor_class = SealedAttribute

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @property
    def context(self):
        """What the ciphertext is bound to, so that it cannot be moved to another column."""
        tracked = getattr(self.model, "pgh_tracked_model", self.model)
        return f"{tracked._meta.label_lower}.{self.name}"

    def row_of(self, instance):
        """The key that it is bound to: in the history, that of the row which it is about."""
        return getattr(instance, "pgh_obj_id", None) or instance.pk

    def seal(self, text, row):
        if row is None:
            raise TypeError(f"{self.context} is sealed for one row: `reserve_keys` first.")
        return encrypt(text, self.context, row) if text else None

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        return self.seal(value, model_instance.pk) if isinstance(value, str) else value

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, str):
            raise TypeError(f"{self.context} is sealed for one row: use `seal`.")
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        return None if value is None else SealedText(bytes(value), self.context)


class SealedText:
    """A secret read from the database; opened only by saying `.reveal()`."""

    __slots__ = ("context", "row", "sealed")

    def __init__(self, sealed, context, row=None):
        self.sealed, self.context, self.row = sealed, context, row

    def of(self, row):
        """The same, as it stands in the row with this key."""
        return SealedText(self.sealed, self.context, row)

    def reveal(self):
        return decrypt(self.sealed, self.context, self.row)

    def __bytes__(self):
        return self.sealed

    def __str__(self):
        return "******"

    __repr__ = __str__
