"""Stored files are sealed: no word of them stands on the disk, and none can be exchanged."""

import os
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db import models

from grids import fields
from grids.files import sealing
from grids.files.storage import SealedStorage

TEXT = "王秀兰 110101199003071014".encode()


@pytest.fixture
def storage(tmp_path):
    return SealedStorage(tmp_path)


def on_disk(storage, name):
    return Path(storage.path(name))


def test_every_field_of_a_file_keeps_it_sealed():
    kept = [
        field.storage
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField)
    ]

    assert len(kept) >= 7
    assert type(storages["default"]) is SealedStorage
    assert all(storage is default_storage for storage in kept)


def test_a_stored_file_is_read_again_and_nothing_of_it_stands_on_the_disk(storage):
    name = storage.save("a/b.xlsx", ContentFile(TEXT))

    stored = on_disk(storage, name).read_bytes()

    assert "王秀兰".encode() not in stored
    assert b"110101" not in stored
    assert storage.open(name).read() == TEXT
    assert storage.size(name) == len(TEXT)


def test_only_we_may_read_the_files_and_their_folder(storage):
    name = storage.save("a/b.xlsx", ContentFile(TEXT))

    assert on_disk(storage, name).stat().st_mode & 0o777 == 0o600
    assert on_disk(storage, name).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_any_length_is_read_whole_and_from_any_place(storage, length):
    said = os.urandom(length)
    name = storage.save("a", ContentFile(said))

    with storage.open(name) as file:
        assert file.size == length
        assert b"".join(file.chunks(7_000)) == said
        for place in {0, length // 2, max(length - 3, 0), length, length + 5}:
            file.seek(place)
            assert file.read(70_000) == said[place : place + 70_000]
        assert file.seek(0, os.SEEK_END) == length


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content[: -sealing.SEALED_PART],
        lambda content: content[:-20] + bytes([content[-20] ^ 1]) + content[-19:],
        lambda content: (
            content[: len(content) - 2 * sealing.SEALED_PART]
            + content[-sealing.SEALED_PART :]
            + content[-2 * sealing.SEALED_PART : -sealing.SEALED_PART]
        ),
        lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
        lambda content: content[:10],
    ],
    ids=["shorter", "a part less", "a bit", "parts exchanged", "the key", "no head"],
)
def test_a_file_that_was_changed_is_not_read(storage, change):
    name = storage.save("a", ContentFile(os.urandom(3 * sealing.PART)))
    path = on_disk(storage, name)
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(fields.SecretError):
        storage.open(name).read()


def test_one_file_cannot_stand_in_for_another(storage):
    mine = storage.save("mine", ContentFile(b"mine"))
    yours = storage.save("yours", ContentFile(b"yours"))
    on_disk(storage, mine).write_bytes(on_disk(storage, yours).read_bytes())

    with pytest.raises(fields.SecretError):
        storage.open(mine).read()
    assert storage.open(yours).read() == b"yours"


def test_a_file_of_before_is_read_in_clear_and_sealed_once(storage):
    on_disk(storage, "old").write_bytes(TEXT)
    assert storage.open("old").read() == TEXT
    assert storage.size("old") == len(TEXT)

    assert storage.seal("old")

    assert TEXT not in on_disk(storage, "old").read_bytes()
    assert on_disk(storage, "old").stat().st_mode & 0o777 == 0o600
    assert storage.open("old").read() == TEXT
    assert not storage.seal("old")
    assert [path.name for path in on_disk(storage, "old").parent.iterdir()] == ["old"]


def test_a_new_first_key_seals_the_keys_of_files_anew(storage, settings):
    name = storage.save("a", ContentFile(TEXT))
    older = settings.FIELD_KEYS
    settings.FIELD_KEYS = f"{NEWER},{older}"

    assert storage.seal(name)
    settings.FIELD_KEYS = NEWER

    assert storage.open(name).read() == TEXT


NEWER = "t2:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def test_with_the_other_cipher_files_are_sealed_by_it(storage, settings):
    first = storage.save("a", ContentFile(TEXT))
    settings.FIELD_CIPHER = "sm4-gcm"
    second = storage.save("b", ContentFile(TEXT * 9_000))

    assert storage.open(first).read() == TEXT
    assert storage.open(second).read() == TEXT * 9_000
