"""Settings of the whole installation, read from the environment.

Without DATABASE_URL and REDIS_URL the embedded servers of this checkout are used
(`make demo`), with the secrets that they were started with.
"""

import os
from pathlib import Path

import pghistory
from csp.constants import NONE, SELF

from gridmgmt.configuring import limits_of_use, sign_on
from gridmgmt.configuring.accounts import *  # noqa: F403  part of the settings
from gridmgmt.configuring.accounts import SOCIALACCOUNT_PROVIDERS
from gridmgmt.configuring.environment import BASE_DIR, DEBUG, DEMO, EMBEDDED, checked, env, secret
from gridmgmt.running import secret_rules
from gridmgmt.running.logs import logging_config

DEMO_PASSWORD = env("GRIDMGMT_DEMO_PASSWORD", default="gridmgmt-demo")

SECRET_KEY = secret(
    "SECRET_KEY", "development-only-secret-key-development-only", secret_rules.check_text
)
# Keys that signed the marks of the audit before, and sealed what phones still keep.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_KEYS = secret(
    "GRIDMGMT_FIELD_KEYS",
    "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw=",
    secret_rules.check_field_keys,
)
HMAC_KEY = secret(
    "GRIDMGMT_HMAC_KEY",
    "ZGV2ZWxvcG1lbnQtb25seS1obWFjLWtleS1kZXZlbG8=",
    secret_rules.check_hmac_keys,
)
FIELD_CIPHER = checked(  # of values sealed from now on; each stored one carries its own
    "GRIDMGMT_FIELD_CIPHER",
    env("GRIDMGMT_FIELD_CIPHER", default="aes-gcm"),
    secret_rules.check_cipher,
)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "gridmgmt.apps.GridmgmtConfig",
    "grids",
    "residents",
    "cases",
    "inspections",
    "gridmgmt.apps.LeafletWithoutGdalConfig",  # before the admin, see there
    "gridmgmt.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "import_export",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.dingtalk",
    "grids.accounts.wecom",
]

MIDDLEWARE = [
    "gridmgmt.running.logs.RequestLogMiddleware",
    "gridmgmt.gate.methods.MethodMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "gridmgmt.gate.not_kept.NotKeptMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "gridmgmt.home.language.PortalLocaleMiddleware",
    "gridmgmt.gate.readable.ReadableMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "grids.second_lock.middleware.SecondLockMiddleware",
    "grids.audit.middleware.OriginMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gridmgmt.gate.sealing.SealMiddleware",
    "grids.accounts.gate.GateMiddleware",
    "gridmgmt.offline.middleware.QueueMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gridmgmt.gate.too_often.TooOftenMiddleware",
]

ROOT_URLCONF = "gridmgmt.urls"
WSGI_APPLICATION = "gridmgmt.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gridmgmt.home.context.portal",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL")}
if EMBEDDED and "GRIDMGMT_DATABASE_ROLE" in os.environ:  # see grids.audit.grants
    DATABASES["default"]["USER"] = os.environ["GRIDMGMT_DATABASE_ROLE"]
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "gridmgmt.cache.ForgivingRedisCache",
        "LOCATION": env("CACHE_URL", default=env("REDIS_URL", default="")),
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}


# How often one person may do it; see grids.throttle.
THROTTLES = limits_of_use.throttles(env)
# What is told to the auditors; see grids.audit.alarms.
AUDIT_ALARMS = limits_of_use.alarms(env)

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=env("REDIS_URL", default=""))
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    # A Redis that is away or hangs must not hang a page.
    "socket_timeout": 3,
    "connect_retries_timeout": 2,
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# Reading writes no history; so /healthz answers also when the database does not.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_LEVEL = pghistory.Statement
PGHISTORY_APPEND_ONLY = False
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(
    related_query_name="+", related_name="history", db_index=True
)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(null=True, db_index=True)
# History is read by object and by context; nobody looks for the events of a grid.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "gridmgmt" / "locale"]
USE_I18N = True
TIME_ZONE = env("TIME_ZONE", default="Asia/Shanghai")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / ".local" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(BASE_DIR / ".local" / "media")))
STORAGES = {
    "default": {"BACKEND": "grids.files.storage.SealedStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "gridmgmt.running.hashed_static.HashedStatic"
        )
    },
}
# Look-ups by an ID number or a full phone: so many an hour; after so many that found nobody, in a
# row, in a day or for one birth date, they stop for that person and for so many hours.
LOOK_UPS_PER_HOUR = env.int("GRIDMGMT_LOOK_UPS_PER_HOUR", default=60)
LOOK_UP_MISSES_IN_A_ROW = env.int("GRIDMGMT_LOOK_UP_MISSES_IN_A_ROW", default=5)
LOOK_UP_MISSES_IN_A_DAY = env.int("GRIDMGMT_LOOK_UP_MISSES_IN_A_DAY", default=15)
LOOK_UP_MISSES_OF_ONE_BIRTH = env.int("GRIDMGMT_LOOK_UP_MISSES_OF_ONE_BIRTH", default=3)
LOOK_UP_STOP_HOURS = env.int("GRIDMGMT_LOOK_UP_STOP_HOURS", default=24)

FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
MAX_WORKBOOK_BYTES = env.int("GRIDMGMT_MAX_WORKBOOK_BYTES", default=50 * 1024 * 1024)
# What a child that opens one may take: memory, seconds at a time, cells in all.
WORKBOOK_MEMORY_BYTES = env.int("GRIDMGMT_WORKBOOK_MEMORY_MB", default=2048) * 1024 * 1024
WORKBOOK_SECONDS = env.int("GRIDMGMT_WORKBOOK_SECONDS", default=300)
WORKBOOK_CELLS = env.int("GRIDMGMT_WORKBOOK_CELLS", default=40_000_000)
MAX_PHOTO_BYTES = env.int("GRIDMGMT_MAX_PHOTO_BYTES", default=15 * 1024 * 1024)

# Links in messages that leave the building begin with it.
SITE_URL = env(
    "SITE_URL",
    default=(
        f"https://{os.environ['SITE_ADDRESS']}"
        if os.environ.get("SITE_ADDRESS")
        else f"http://127.0.0.1:{env('GRIDMGMT_PORT', default='8000')}"
    ),
)
# smtp+tls://name:password@mail.example.org:587; without it mails are only printed, in the demo.
EMAIL_URL = env("EMAIL_URL", default="")
HAS_MAIL = bool(EMAIL_URL) or DEBUG or DEMO or EMBEDDED
vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("MAIL_FROM", default="gridmgmt@localhost")
# Who hears that the worker or the timer is silent; sent by the part that is still alive.
ADMINS = [("operator", address) for address in env.list("OPERATOR_EMAILS", default=[])]
OPERATOR_WEBHOOK = env("OPERATOR_WEBHOOK", default="")
# Machines of the own network that people's webhooks may call, by the name in their address.
WEBHOOK_HOSTS = [name.lower() for name in env.list("GRIDMGMT_WEBHOOK_HOSTS", default=[])]

TILE_URL = env("GRIDMGMT_TILE_URL", default="")  # e.g. a Tianditu WMTS template; none: no base map
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [
            SELF,
            "data:",
            "blob:",
            *env.list("GRIDMGMT_TILE_HOSTS", default=[]),
        ],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *sign_on.origins(SOCIALACCOUNT_PROVIDERS)],
        "frame-ancestors": [NONE],
    }
}
LEAFLET_CONFIG = {
    "TILES": [],
    "NO_GLOBALS": False,
    "RESET_VIEW": False,
    "SCALE": "metric",
    "ATTRIBUTION_PREFIX": "",
}
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

LOGGING = logging_config(
    level=env("LOG_LEVEL", default="INFO").upper(),
    as_json=env("LOG_FORMAT", default="console" if DEBUG or DEMO else "json") == "json",
)
