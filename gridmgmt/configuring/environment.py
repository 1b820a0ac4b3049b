"""The environment that the settings are read from, and the secrets in it.

Without DATABASE_URL the embedded servers of this checkout are used, with the secrets that they
were started with.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from gridmgmt.running import localstack, secret_rules

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
EMBEDDED = "DATABASE_URL" not in os.environ
LOCAL_ENV = BASE_DIR / ".local" / "env"
if EMBEDDED and LOCAL_ENV.exists():
    env.read_env(LOCAL_ENV)
if EMBEDDED:
    for name, url in localstack.default_urls().items():
        os.environ.setdefault(name, url)

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("GRIDMGMT_DEMO", default=False)


def checked(name, value, check):
    """The value, unless it is none to start with."""
    try:
        check(value)
    except secret_rules.BadSecret as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
    return value


def secret(name, development_value, check):
    """The secret `name`; outside DEBUG and the demo a missing or default one stops the start.

    A short or malformed one stops it everywhere.
    """
    value = env(name, default="")
    if value and development_value not in value:
        return checked(name, value, check)
    if DEBUG or DEMO or EMBEDDED:
        return development_value
    raise ImproperlyConfigured(
        f"{name}: 未设置，或仍是开发用的默认值，请按 .env.example 设置自己的密钥。\n"
        f"Set {name} to a secret of your own; see .env.example."
    )
