"""The first families of a dry run as the batch keeps them: sealed, for they are names."""

import base64
import json

from grids.fields import SecretError, decrypt, encrypt

_KEY = "families"


def sealed(batch, found):
    """The text that the batch keeps of them; "" of none."""
    if not found:
        return ""
    return base64.b64encode(encrypt(json.dumps(found), _context(batch))).decode()


def opened(batch):
    """The families of `outcome`; [] when nothing is asked."""
    kept = batch.preview.get(_KEY)
    if not kept:
        return []
    try:
        return json.loads(decrypt(base64.b64decode(kept), _context(batch)))
    except SecretError:
        return []


def forgotten(preview):
    """The preview when nothing is asked any more."""
    return {name: said for name, said in preview.items() if name != _KEY}


def _context(batch):
    return f"residents.importbatch.families.{batch.pk}"
