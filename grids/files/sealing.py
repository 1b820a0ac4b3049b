"""A file sealed at rest: a key of its own, itself sealed by the field keys; read from any place.

    GMSEAL1\n | length of the head (2 bytes) | head | part | part | ... | last part

The head is the file's key as `fields.encrypt` seals it, and the cipher of the parts. Each part is
64 KiB and a tag; its nonce is its number and whether it is the last, so that none can be moved,
left out or cut off. The key is bound to the name, so that no file can stand in for another.
"""

import base64
import io
import os
import struct

from django.conf import settings

from grids import fields

MAGIC = b"GMSEAL1\n"
PART = 64 * 1024
SEALED_PART = PART + fields.TAG_BYTES
_HEAD = struct.Struct(">HB")


def seal(chunks, name):
    """The sealed file of `chunks` of bytes, as chunks; small ones are put together."""
    key = os.urandom(32)
    yield _head_of(key, name, fields.CIPHER_IDS[settings.FIELD_CIPHER])
    cipher = fields.CIPHERS[fields.CIPHER_IDS[settings.FIELD_CIPHER]](key)
    number, waiting = 0, bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > PART:
            yield cipher.encrypt(_nonce(number, is_last=False), bytes(waiting[:PART]), b"")
            del waiting[:PART]
            number += 1
    yield cipher.encrypt(_nonce(number, is_last=True), bytes(waiting), b"")


def is_sealed(file):
    """Whether a file that was just opened is sealed; leaves it at its beginning."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def size(file):
    """Bytes of what is sealed."""
    *_key, start = _read_head(file)
    return _plain_size(file.seek(0, io.SEEK_END) - start)


def key_marks(file):
    """What the sealed key begins with: `fields.head()` of the day it was sealed."""
    sealed, *_rest = _read_head(file)
    return sealed[: 2 + sealed[1]]


def sealed_again(file, name):
    """The same file with its key sealed by today's field key, as chunks."""
    sealed, cipher_id, start = _read_head(file)
    yield _head_of(_opened_key(sealed, name), name, cipher_id)
    file.seek(start)
    while chunk := file.read(SEALED_PART * 16):
        yield chunk


class Opened(io.RawIOBase):
    """A sealed file as it was; SecretError where it was changed or cut off."""

    def __init__(self, file, name):
        sealed, cipher_id, self._start = _read_head(file)
        self._file, self.name = file, name
        self._cipher = fields.CIPHERS[cipher_id](_opened_key(sealed, name))
        stored = file.seek(0, io.SEEK_END) - self._start
        self._size, self._last = _plain_size(stored), max(-(-stored // SEALED_PART) - 1, 0)
        self._at, self._number, self._part = 0, None, b""

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer):
        if self._at >= self._size and self._number is not None:
            return 0
        number, skipped = divmod(self._at, PART)
        self._open_part(min(number, self._last))
        said = self._part[skipped : skipped + len(buffer)] if number <= self._last else b""
        buffer[: len(said)] = said
        self._at += len(said)
        return len(said)

    def close(self):
        self._file.close()
        super().close()

    def _open_part(self, number):
        if number == self._number:
            return
        self._file.seek(self._start + number * SEALED_PART)
        sealed = self._file.read(SEALED_PART)
        try:
            nonce = _nonce(number, is_last=number == self._last)
            self._part = self._cipher.decrypt(nonce, sealed, b"")
        except Exception as error:
            raise fields.SecretError("the file was changed or cut off") from error
        self._number = number


def _plain_size(stored):
    parts = max(-(-stored // SEALED_PART), 1)
    return max(stored - parts * fields.TAG_BYTES, 0)


def _nonce(number, *, is_last):
    return number.to_bytes(fields.NONCE_BYTES - 1, "big") + bytes([is_last])


def _head_of(key, name, cipher_id):
    sealed = fields.encrypt(base64.b64encode(key).decode(), _context(name))
    return MAGIC + _HEAD.pack(len(sealed), cipher_id) + sealed


def _read_head(file):
    """(sealed key, cipher of the parts, where they begin)"""
    file.seek(len(MAGIC))
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise fields.SecretError("the file was cut off")
    length, cipher_id = _HEAD.unpack(head)
    sealed = file.read(length)
    if len(sealed) < max(length, 2) or cipher_id not in fields.CIPHERS:
        raise fields.SecretError("the file was changed or cut off")
    return sealed, cipher_id, len(MAGIC) + _HEAD.size + length


def _opened_key(sealed, name):
    return base64.b64decode(fields.decrypt(sealed, _context(name)))


def _context(name):
    return f"file.{name}"
