"""New keys and ciphers for what is stored: read, sealed anew, compared, batch by batch.

Nothing is remembered between two runs. A value carries the name of its key, and an index is
counted again and compared; so a run that was stopped is simply begun again.
"""

from gridmgmt.rotation.places import places
from gridmgmt.rotation.run import Found, rotate

__all__ = ["Found", "places", "rotate"]
