"""Secrets at rest: sealed, rotated, bound to their column, never printed."""

import base64
import hashlib
import hmac
import os

import pytest

from grids.fields import (
    SealedText,
    SecretError,
    blind_index,
    blind_indexes,
    decrypt,
    encrypt,
    encrypt_all,
)

CONTEXT = "residents.resident.id_sealed"


def test_what_was_sealed_can_be_opened():
    assert decrypt(encrypt("370802200304094613", CONTEXT), CONTEXT) == "370802200304094613"


def test_the_same_text_is_sealed_differently_each_time():
    assert encrypt("370802200304094613", CONTEXT) != encrypt("370802200304094613", CONTEXT)


def test_a_value_moved_to_another_column_does_not_open():
    with pytest.raises(SecretError):
        decrypt(encrypt("370802200304094613", CONTEXT), "residents.household.phone")


def test_a_new_first_key_seals_and_the_old_one_still_opens(settings):
    old = encrypt("370802200304094613", CONTEXT)
    fresh = base64.b64encode(os.urandom(32)).decode()
    settings.FIELD_KEYS = f"k2:{fresh},{settings.FIELD_KEYS}"

    assert decrypt(old, CONTEXT) == "370802200304094613"
    assert encrypt("x", CONTEXT)[2:4] == b"k2"


def test_the_index_is_equal_for_equal_texts_and_depends_on_the_key(settings):
    first = blind_index("370802200304094613")
    assert first == blind_index("370802200304094613")

    settings.HMAC_KEY = base64.b64encode(os.urandom(32)).decode()

    assert first != blind_index("370802200304094613")


def test_the_index_is_the_keyed_hash_that_stored_rows_have(settings):
    key = base64.b64decode(settings.HMAC_KEY)
    texts = ["370802200304094613", "张三", ""]

    stored = [hmac.digest(key, text.encode(), hashlib.sha256) for text in texts]

    assert [*map(blind_index, texts)] == stored
    assert blind_indexes(texts) == [index.hex() for index in stored]


def test_many_sealed_at_once_open_one_by_one_and_share_no_nonce():
    texts = ["370802200304094613", "张三", "370802200304094613"]

    sealed = encrypt_all(texts, CONTEXT)

    assert [decrypt(one, CONTEXT) for one in sealed] == texts
    nonces = {
        one[len(one) - 16 - len(text.encode()) - 12 :][:12]
        for one, text in zip(sealed, texts, strict=True)
    }
    assert len(nonces) == 3
    assert encrypt_all([], CONTEXT) == []


def test_printing_a_sealed_text_shows_nothing():
    sealed = SealedText(encrypt("370802200304094613", CONTEXT), CONTEXT)

    assert f"{sealed} {sealed!r}" == "****** ******"
    assert sealed.reveal() == "370802200304094613"
