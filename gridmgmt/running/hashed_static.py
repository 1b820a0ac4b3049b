"""Static files under names that carry a checksum, also where one script imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """A browser keeps a hashed file for ever: a script never meets an import of another version.

    Only our own scripts: Django's switch for all of them stumbles over a comment in htmx.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((r"""(?P<matched>from ["'](?P<url>\.\.?/[^"']+)["'])""", 'from "%(url)s"'),)),
    )
