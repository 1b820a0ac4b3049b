"""Settings of the whole installation, read from the environment.

Without DATABASE_URL and REDIS_URL the embedded servers of this checkout are used
(`make demo`), with the secrets that they were started with.
"""

import os
from pathlib import Path

import environ
import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from gridmgmt import sign_on
from gridmgmt.running import localstack, secret_rules
from gridmgmt.running.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

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
DEMO_PASSWORD = env("GRIDMGMT_DEMO_PASSWORD", default="gridmgmt-demo")


def _checked(name, value, check):
    try:
        check(value)
    except secret_rules.BadSecret as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
    return value


def _secret(name, development_value, check):
    """The secret `name`; outside DEBUG and the demo a missing or default one stops the start.

    A short or malformed one stops it everywhere.
    """
    value = env(name, default="")
    if value and development_value not in value:
        return _checked(name, value, check)
    if DEBUG or DEMO or EMBEDDED:
        return development_value
    raise ImproperlyConfigured(
        f"{name}: 未设置，或仍是开发用的默认值，请按 .env.example 设置自己的密钥。\n"
        f"Set {name} to a secret of your own; see .env.example."
    )


SECRET_KEY = _secret(
    "SECRET_KEY", "development-only-secret-key-development-only", secret_rules.check_text
)
# Keys that signed the marks of the audit before, and sealed what phones still keep.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_KEYS = _secret(
    "GRIDMGMT_FIELD_KEYS",
    "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw=",
    secret_rules.check_field_keys,
)
HMAC_KEY = _secret(
    "GRIDMGMT_HMAC_KEY",
    "ZGV2ZWxvcG1lbnQtb25seS1obWFjLWtleS1kZXZlbG8=",
    secret_rules.check_hmac_keys,
)
FIELD_CIPHER = _checked(  # of values sealed from now on; each stored one carries its own
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


def _throttle(name, usual):
    """[(how often, in how many seconds)] of "60/minute 600/hour"; empty: as often as one likes."""
    seconds = {"minute": 60, "hour": 3600, "day": 86400}
    text = env(name, default=usual)
    parts = [part.partition("/") for part in text.split()]
    if not all(most.isdecimal() and int(most) and each in seconds for most, _, each in parts):
        raise ImproperlyConfigured(f"{name} is like {usual!r}, or empty; not {text!r}.")
    return [(int(most), seconds[each]) for most, _, each in parts]


# How often one person may do it; see grids.throttle.
THROTTLES = {
    "search": _throttle("GRIDMGMT_THROTTLE_SEARCH", "60/minute 600/hour"),
    "reveal": _throttle("GRIDMGMT_THROTTLE_REVEAL", "10/minute 60/hour"),
    "export": _throttle("GRIDMGMT_THROTTLE_EXPORT", "20/minute 120/hour"),
    "upload": _throttle("GRIDMGMT_THROTTLE_UPLOAD", "20/minute 100/hour"),
    "report": _throttle("GRIDMGMT_THROTTLE_REPORT", "30/minute 200/hour"),
}


def _alarm(name, usual):
    """(how many, in how many minutes) of "20/10"."""
    most, _, minutes = env(name, default=usual).partition("/")
    if not (most.isdecimal() and minutes.isdecimal() and int(most) and int(minutes)):
        raise ImproperlyConfigured(f"{name} is like {usual!r}.")
    return int(most), int(minutes)


# What is told to the auditors; see grids.audit.alarms.
AUDIT_ALARMS = {
    "reveals": _alarm("GRIDMGMT_ALARM_REVEALS", "20/10"),
    "same_purpose": _alarm("GRIDMGMT_ALARM_SAME_PURPOSE", "10/60"),
    "misses": _alarm("GRIDMGMT_ALARM_MISSES", "5/30"),
    "leaving": _alarm("GRIDMGMT_ALARM_LEAVING", "30/60"),
    "limits": _alarm("GRIDMGMT_ALARM_LIMITS", "3/60"),
    "account": _alarm("GRIDMGMT_ALARM_ACCOUNT", "10/30"),
    "address": _alarm("GRIDMGMT_ALARM_ADDRESS", "30/30"),
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=16 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool(
    "SECURE_COOKIES", default=not (DEBUG or DEMO or EMBEDDED)
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Nobody is served, and no browser asks again, without TLS. /healthz is asked from inside.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SESSION_COOKIE_SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int(
    "SECURE_HSTS_SECONDS", default=30 * 24 * 3600 if SESSION_COOKIE_SECURE else 0
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AUTH_USER_MODEL = "grids.Staff"
AUTHENTICATION_BACKENDS = ["grids.auth.StaffBackend"]
PASSWORD_LENGTH = env.int("GRIDMGMT_PASSWORD_LENGTH", default=10)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    *(
        {"NAME": f"gridmgmt.passwords.{name}"}
        for name in (
            "LongEnough",
            "NoName",
            "NoRepetition",
            "NoSequence",
            "NoOfficeWord",
            "NotBefore",
        )
    ),
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
ACCOUNT_ADAPTER = "grids.accounts.adapter.StaffAdapter"
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # what the log-in asks for
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_SESSION_REMEMBER = True
# The log-in has limits of its own, grids/accounts/tries.py; these are for the second factor.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "8/900s/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_FORMS = {
    "login": "grids.forms.accounts.LogInForm",
    "change_password": "grids.forms.accounts.NewPasswordForm",
    "reauthenticate": "grids.forms.accounts.AgainForm",
}

SOCIALACCOUNT_ADAPTER = "grids.accounts.sign_on.SignOnAdapter"
SOCIALACCOUNT_PROVIDERS = sign_on.providers(env)
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
MFA_ADAPTER = "grids.accounts.factor.StaffFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO or EMBEDDED  # http://localhost
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": None}  # a key cannot be guessed, and an office has one address
MFA_FORMS = {
    name: f"grids.forms.factors.{form}"
    for name, form in {
        "activate_totp": "AppForm",
        "authenticate": "CodeForm",
        "reauthenticate": "CodeAgainForm",
        "add_webauthn": "NewKeyForm",
    }.items()
}

# How many proxies of ours stand before the web process and write X-Forwarded-For.
TRUSTED_HOPS = env.int("GRIDMGMT_TRUSTED_HOPS", default=0)
# Wrong passwords before one waits: of one address for one name (`pair`), the same while a name is
# tried from everywhere (`attacked`, after `name` in an hour), of one address for all names.
LOGIN_TRIES = {
    "minutes": 15,
    "pair": env.int("GRIDMGMT_LOGIN_TRIES", default=8),
    "name": 25,
    "attacked": 2,
    "address": env.int("GRIDMGMT_LOGIN_TRIES_OF_ADDRESS", default=40),
    "pause": 10,
}
KNOWN_DEVICE_DAYS = 180
SLIP_HOURS = {
    "first": 24 * env.int("GRIDMGMT_FIRST_SLIP_DAYS", default=14),
    "forgotten": env.int("GRIDMGMT_SLIP_HOURS", default=24),
    "mail": 1,
}
# What districts without rules of their own ask of accounts.
SECOND_FACTOR_ROLES = env.list(
    "GRIDMGMT_SECOND_FACTOR_ROLES",
    default=["administrator", "security_administrator", "auditor", "operator"],
)
ACCOUNT_RULES = {
    "grace_days": env.int("GRIDMGMT_SECOND_FACTOR_GRACE_DAYS", default=14),
    "password_days": env.int("GRIDMGMT_PASSWORD_DAYS", default=0),
    "passwords_before": env.int("GRIDMGMT_PASSWORDS_BEFORE", default=5),
    "is_one_session": env.bool("GRIDMGMT_ONE_SESSION", default=False),
}
# Hours of a session without use, and in all; of several roles the shortest counts.
SESSION_HOURS = {
    **dict.fromkeys(["administrator", "security_administrator", "auditor", "operator"], (1, 10)),
    **dict.fromkeys(["grid_worker", "building_steward", "assistant", "grid_leader"], (14, 16)),
    **dict.fromkeys(["supervisor", "dispatcher"], (12, 12)),  # the screen on the wall
    "others": (4, 12),
}

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
