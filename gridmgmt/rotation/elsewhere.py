"""What is sealed outside the columns of our own tables: second factors, and stored files."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from grids.accounts.factor import CONTEXT
from grids.fields import decrypt, encrypt, head
from grids.files import sweeping

SEALED = ("secret", "seed")  # of an app with codes, of recovery codes; a passkey keeps no secret


def waiting():
    """Keys of the second factors that are not sealed with the key of today."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    return [row.pk for row in rows.iterator() if _renewed(row.data) != row.data]


def renew_factors():
    """How many were sealed anew, each in a transaction of its own."""
    keys = waiting()
    for key in keys:
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=key).first()
            if row is not None:
                row.data = _renewed(row.data)
                row.save(update_fields=["data"])
    return len(keys)


def renew_files():
    """(how many files were sealed anew, names of those that no key opens)."""
    sealed, unopened = sweeping.seal_all()
    return len(sealed), unopened


def _renewed(data):
    return {name: _anew(value) if name in SEALED else value for name, value in data.items()}


def _anew(value):
    sealed = bytes.fromhex(value)
    if sealed.startswith(head()):
        return value
    return encrypt(decrypt(sealed, CONTEXT), CONTEXT).hex()
