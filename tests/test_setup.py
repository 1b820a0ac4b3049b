"""The installation itself: starts without GDAL, keeps no default secret, has every task it schedules."""

import os
import subprocess
import sys

import pytest

from gridmgmt.running import localstack

PRODUCTION = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "a-secret-of-this-installation-alone-0123456789",
    "GRIDMGMT_FIELD_KEYS": "k1:YS1rZXktb2YtdGhpcy1pbnN0YWxsYXRpb24tYWxvbmU=",
    "GRIDMGMT_HMAC_KEY": "YW4taG1hYy1rZXktb2YtdGhpcy1pbnN0YWxsYXRpb24=",
}
DEVELOPMENT_SECRETS = {
    "SECRET_KEY": "development-only-secret-key-development-only",
    "GRIDMGMT_FIELD_KEYS": "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw=",
    "GRIDMGMT_HMAC_KEY": "ZGV2ZWxvcG1lbnQtb25seS1obWFjLWtleS1kZXZlbG8=",
}


def load_settings(environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import gridmgmt.settings"],
        cwd=localstack.ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_system_check_passes_where_no_gdal_is_installed():
    program = (
        "import ctypes.util, sys; ctypes.util.find_library = lambda name: None; "
        "sys.argv = ['manage.py', 'check']; "
        "from django.core.management import execute_from_command_line as run; run(sys.argv)"
    )

    checked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=localstack.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr


def test_production_starts_with_secrets_of_its_own():
    assert load_settings(PRODUCTION).returncode == 0


@pytest.mark.parametrize("name", DEVELOPMENT_SECRETS)
@pytest.mark.parametrize("value", ["missing", "empty", "default"])
def test_production_refuses_a_missing_or_default_secret(name, value):
    environment = dict(PRODUCTION)
    del environment[name]
    if value == "empty":
        environment[name] = ""
    elif value == "default":
        environment[name] = DEVELOPMENT_SECRETS[name]

    refused = load_settings(environment)

    assert refused.returncode != 0
    assert f"Set {name}" in refused.stderr


RANDOM = "YS1rZXktb2YtdGhpcy1pbnN0YWxsYXRpb24tYWxvbmU="  # 32 bytes
ANOTHER = "YW4taG1hYy1rZXktb2YtdGhpcy1pbnN0YWxsYXRpb24="
BAD_SECRETS = [
    ("SECRET_KEY", "a", "太短"),
    ("SECRET_KEY", "abc" * 20, "重复太多"),
    ("GRIDMGMT_HMAC_KEY", "YQ==", "1 字节"),
    ("GRIDMGMT_HMAC_KEY", "no base64!", "base64"),
    ("GRIDMGMT_HMAC_KEY", "A" * 43 + "=", "重复太多"),
    ("GRIDMGMT_HMAC_KEY", f"md5:{RANDOM}", "md5"),
    ("GRIDMGMT_HMAC_KEY", f"{RANDOM},{RANDOM}", "两次"),
    ("GRIDMGMT_FIELD_CIPHER", "rot13", "sm4-gcm"),
    ("GRIDMGMT_FIELD_KEYS", RANDOM, "名称"),
    ("GRIDMGMT_FIELD_KEYS", f"a-name-of-more-than-16-letters:{RANDOM}", "名称"),
    ("GRIDMGMT_FIELD_KEYS", "k1:YWJj", "3 字节"),
    ("GRIDMGMT_FIELD_KEYS", f"k1:{RANDOM},k1:{ANOTHER}", "两次"),
    ("GRIDMGMT_FIELD_KEYS", f"k1:{RANDOM},k2:{RANDOM}", "两次"),
    ("GRIDMGMT_FIELD_KEYS", f"k1:{RANDOM},{DEVELOPMENT_SECRETS['GRIDMGMT_FIELD_KEYS']}", "默认"),
]


@pytest.mark.parametrize(("name", "value", "why"), BAD_SECRETS)
def test_production_refuses_a_weak_or_malformed_secret_in_words(name, value, why):
    refused = load_settings(PRODUCTION | {name: value})

    assert refused.returncode != 0
    said = refused.stderr[refused.stderr.index("ImproperlyConfigured") :]
    assert name in said
    assert why in said
    assert value not in said or len(value) < 10  # a word, no secret


def test_two_field_keys_and_an_older_hash_key_are_accepted():
    more = {
        "GRIDMGMT_FIELD_KEYS": f"k2:{RANDOM},k1:{ANOTHER}",
        "GRIDMGMT_HMAC_KEY": f"sm3:{RANDOM},{ANOTHER}",
        "GRIDMGMT_FIELD_CIPHER": "sm4-gcm",
    }

    assert load_settings(PRODUCTION | more).returncode == 0


@pytest.mark.parametrize("program", ["gunicorn gridmgmt.wsgi", "celery -A gridmgmt.celery worker"])
def test_neither_the_web_nor_the_worker_starts_with_a_weak_secret(program):
    refused = subprocess.run(
        [sys.executable, "-m", *program.split()],
        cwd=localstack.ROOT,
        env={"PATH": os.environ["PATH"], **PRODUCTION, "SECRET_KEY": "a"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert refused.returncode != 0
    assert "SECRET_KEY: 太短" in refused.stderr + refused.stdout


def test_an_installation_that_never_ran_uses_the_sockets_of_its_own_checkout():
    program = "from gridmgmt.running.localstack import default_urls; print(default_urls())"

    found = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(sorted(sys.modules))"],
        cwd=localstack.ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert f"postgres://postgres@/{localstack.socket_folder()}/gridmgmt" in found
    assert "'django'" not in found
    assert "'psycopg'" not in found


def test_every_scheduled_task_exists():
    from gridmgmt.celery import app

    app.loader.import_default_modules()

    assert app.conf.beat_schedule
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def say(name, environment):
    program = f"import gridmgmt.settings as s; print(s.{name})"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=localstack.ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("environment", "seconds", "is_sent_on"),
    [
        ({}, "2592000", "True"),
        ({"SECURE_HSTS_SECONDS": "3600", "SECURE_SSL_REDIRECT": "0"}, "3600", "False"),
        ({"SECURE_COOKIES": "0"}, "0", "False"),
        ({"GRIDMGMT_DEMO": "1"}, "0", "False"),
    ],
)
def test_production_speaks_tls_alone_and_the_demo_does_not(environment, seconds, is_sent_on):
    assert say("SECURE_HSTS_SECONDS", PRODUCTION | environment) == seconds
    assert say("SECURE_SSL_REDIRECT", PRODUCTION | environment) == is_sent_on


@pytest.mark.django_db
def test_whoever_comes_without_tls_is_sent_on_but_not_the_health_check(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60

    plain, behind_the_proxy = client.get("/login/"), {"x-forwarded-proto": "https"}

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/login/")
    answer = client.get("/login/", headers=behind_the_proxy)
    assert (answer.status_code, answer["Strict-Transport-Security"]) == (200, "max-age=60")
    assert client.get("/healthz").status_code in {200, 503}
