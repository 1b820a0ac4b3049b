"""What a secret of the environment must look like, said in words before anything starts.

The settings ask here before translations are there, so each message is Chinese and English.
"""

import base64
import binascii
import re

SHORTEST_TEXT, FEWEST_SIGNS = 32, 8
KEY_BYTES = 32
HASHES = ("sha256", "sm3")
CIPHERS = ("aes-gcm", "sm4-gcm")
NEW_TEXT = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
NEW_KEY = (
    'python3 -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
)
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,16}")


class BadSecret(ValueError):
    """A secret that must not be used; the text says why and what to do, in both languages."""


def check_text(value):
    """A SECRET_KEY: long, and not one sign repeated."""
    if len(value) < SHORTEST_TEXT:
        raise BadSecret(
            f"太短（{len(value)} 个字符），至少 {SHORTEST_TEXT} 个；用此命令生成：{NEW_TEXT}\n"
            f"It has {len(value)} characters, at least {SHORTEST_TEXT} are needed. Make one with "
            f"the command above."
        )
    _check_variety(value, NEW_TEXT)


def check_field_keys(value):
    """`name:base64,name:base64`: short unique names, 32 bytes each, no key twice."""
    names, keys = [], []
    for part in value.split(","):
        name, colon, key = part.strip().partition(":")
        if not colon or not _KEY_NAME.fullmatch(name):
            raise BadSecret(
                "每个密钥写作“名称:base64”，名称为 1 至 16 个字母、数字、“-”或“_”，例如 k1:…；"
                f"密钥用此命令生成：{NEW_KEY}\n"
                "Each key is written name:base64; its name is 1 to 16 letters, digits, - or _. "
                "Make a key with the command above."
            )
        names.append(name)
        keys.append(_key(key, exact=True))
    if len({*names}) < len(names) or len({*keys}) < len(keys):
        raise BadSecret(
            "同一名称或同一密钥出现了两次：每个新密钥要用新名称。\n"
            "A name or a key stands twice: each new key needs a name of its own."
        )


def check_hmac_keys(value):
    """`base64` or `sm3:base64`, the current one first, the ones to be replaced after it."""
    found = []
    for part in value.split(","):
        hash_name, colon, key = part.strip().rpartition(":")
        if colon and hash_name not in HASHES:
            raise BadSecret(
                f"不认识的算法“{hash_name}”，可用：{'、'.join(HASHES)}（写作 sm3:base64）。\n"
                f"Unknown hash {hash_name!r}; use one of {', '.join(HASHES)} as in sm3:base64."
            )
        found.append((hash_name or HASHES[0], _key(key)))
    if len({*found}) < len(found):
        raise BadSecret("同一密钥出现了两次。\nA key stands twice.")


def check_cipher(value):
    if value not in CIPHERS:
        raise BadSecret(
            f"不认识的加密算法“{value}”，可用：{'、'.join(CIPHERS)}。\n"
            f"Unknown cipher {value!r}; use one of {', '.join(CIPHERS)}."
        )


def _key(written, *, exact=False):
    try:
        key = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret(
            f"不是有效的 base64；用此命令生成：{NEW_KEY}\n"
            "It is no valid base64. Make a key with the command above."
        ) from None
    if len(key) < KEY_BYTES or (exact and len(key) != KEY_BYTES):
        raise BadSecret(
            f"密钥解码后有 {len(key)} 字节，应为 {KEY_BYTES} 字节；用此命令生成：{NEW_KEY}\n"
            f"The key has {len(key)} bytes, {KEY_BYTES} are needed. Make one with the command above."
        )
    _check_variety(key, NEW_KEY)
    return key


def _check_variety(value, remedy):
    if len({*value}) < FEWEST_SIGNS:
        raise BadSecret(
            f"重复太多，容易被猜到；用此命令生成：{remedy}\n"
            "It repeats itself and is easily guessed. Make a new one with the command above."
        )
