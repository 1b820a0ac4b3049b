"""Secrets at rest: sealed, rotated, bound to their column, never printed."""

import base64
import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import algorithms
from django.db import transaction

from grids.fields import (
    SM4GCM,
    SealedText,
    SecretError,
    all_indexes,
    blind_index,
    blind_indexes,
    decrypt,
    encrypt,
    encrypt_all,
    head,
    is_rehashing,
)
from residents.models import Resident
from tests import factories

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


@pytest.mark.parametrize(("name", "number"), [("aes-gcm", 3), ("sm4-gcm", 4)])
def test_a_value_opens_in_its_own_row_alone(settings, name, number):
    settings.FIELD_CIPHER = name
    sealed = encrypt("370802200304094613", CONTEXT, 12)

    assert sealed[0] == number
    assert sealed.startswith(head(in_row=True))
    assert decrypt(sealed, CONTEXT, 12) == "370802200304094613"
    for other in (13, None):
        with pytest.raises(SecretError):
            decrypt(sealed, CONTEXT, other)
    with pytest.raises(SecretError):  # said to be bound to its column alone
        decrypt(bytes((number - 2,)) + sealed[1:], CONTEXT, 12)


def test_a_value_of_before_rows_counted_opens_with_any_row():
    assert decrypt(encrypt("张三", CONTEXT), CONTEXT, 12) == "张三"


def test_a_number_moved_to_another_person_does_not_open(db):
    one, other = (Resident.objects.get(pk=factories.resident().pk) for _ in range(2))
    assert one.id_sealed.reveal() != other.id_sealed.reveal()

    Resident.objects.filter(pk=other.pk).update(id_sealed=bytes(one.id_sealed))

    other.refresh_from_db()
    with pytest.raises(SecretError):
        other.id_sealed.reveal()
    assert Resident.objects.get(pk=one.pk).id_sealed.reveal()


def test_the_history_of_a_row_opens_with_the_row_it_is_about(db):
    someone = Resident.objects.get(pk=factories.resident().pk)

    assert someone.history.get().id_sealed.reveal() == someone.id_sealed.reveal()


def test_a_row_without_a_key_and_an_update_in_bulk_seal_nothing(db):
    someone = factories.resident()
    field = Resident._meta.get_field("id_sealed")

    with pytest.raises(TypeError, match="reserve_keys"), transaction.atomic():
        Resident.objects.create(name="王五", household=someone.household, id_sealed="1")
    with pytest.raises(TypeError, match="use `seal`"), transaction.atomic():
        Resident.objects.filter(pk=someone.pk).update(id_sealed="1")
    Resident.objects.filter(pk=someone.pk).update(id_sealed=field.seal("1", someone.pk))
    someone.refresh_from_db()
    assert someone.id_sealed.reveal() == "1"


@pytest.mark.parametrize(("name", "number"), [("aes-gcm", 1), ("sm4-gcm", 2)])
def test_the_setting_chooses_the_cipher_and_each_value_carries_its_own(settings, name, number):
    before = encrypt("370802200304094613", CONTEXT)
    settings.FIELD_CIPHER = name

    sealed = encrypt("370802200304094613", CONTEXT)

    assert sealed[0] == number
    assert sealed.startswith(head())
    assert decrypt(sealed, CONTEXT) == decrypt(before, CONTEXT) == "370802200304094613"
    with pytest.raises(SecretError):
        decrypt(sealed, "residents.household.phone")
    with pytest.raises(SecretError):
        decrypt(sealed[:-1] + bytes((sealed[-1] ^ 1,)), CONTEXT)


def test_a_value_said_to_be_of_another_cipher_does_not_open(settings):
    sealed = encrypt("370802200304094613", CONTEXT)

    for other in (2, 9):
        with pytest.raises(SecretError):
            decrypt(bytes((other,)) + sealed[1:], CONTEXT)


def test_sm4_and_sm3_are_the_published_algorithms():
    """GB/T 32907-2016 (SM4, RFC 8998 for GCM) and GB/T 32905-2016 (SM3)."""
    sealer = SM4GCM(b"")
    sealer._key = algorithms.SM4(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    clear = "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"

    sealed = sealer.encrypt(
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex(clear),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )

    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex().startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")


def test_a_hash_key_may_ask_for_sm3_and_older_ones_stay_beside_it(settings):
    old, number = settings.HMAC_KEY, "370802200304094613"
    before = blind_index(number)
    assert not is_rehashing()
    assert all_indexes(number) == [before]

    settings.HMAC_KEY = f"sm3:{old},{old}"

    assert is_rehashing()
    assert all_indexes(number) == [blind_index(number), before]
    assert blind_index(number) != before
    assert blind_indexes([number]) == [blind_index(number).hex()]


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
    rows = encrypt_all(texts, CONTEXT, [5, 6, 7])
    assert [decrypt(one, CONTEXT, key) for one, key in zip(rows, [5, 6, 7], strict=True)] == texts
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
