"""Settings of logging in: sessions, passwords, second factors, sign-on. Part of `gridmgmt.settings`."""

from gridmgmt.configuring import sign_on
from gridmgmt.configuring.environment import DEBUG, DEMO, EMBEDDED, env

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
