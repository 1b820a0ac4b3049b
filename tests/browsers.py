"""Fixtures for tests marked `browser`: Debian's chromium over a server as in production (DEBUG off)."""

import os
import shutil

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
FLAGS = [
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--lang=zh-CN",
]


def _programs():
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    driver = shutil.which("chromedriver")
    missing = [
        name for name, path in (("chromium", chromium), ("chromedriver", driver)) if not path
    ]
    if missing:
        pytest.skip(
            f"no browser test: {' and '.join(missing)} not found (apt install chromium chromium-driver)"
        )
    return chromium, driver


def _as_in_production(root):
    backend = "gridmgmt.running.hashed_static.HashedStatic"
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    return override_settings(STORAGES=storages, STATIC_ROOT=root)


@pytest.fixture(scope="session")
def collected_static(tmp_path_factory):
    """Static files with hashed names, compressed, for whitenoise."""
    root = tmp_path_factory.mktemp("static")
    with _as_in_production(root):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def live_site(collected_static, settings, transactional_db):
    """The address of a running site with DEBUG off and static files as in production.

    Django's own live server would serve static files by itself, under other names.
    """
    settings.ALLOWED_HOSTS = ["localhost"]
    assert settings.DEBUG is False
    with _as_in_production(collected_static):
        server = LiveServerThread("localhost", lambda media_handler: WSGIHandler())
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield f"http://localhost:{server.port}"
        server.terminate()


def launch(kind, profile):
    """A headless chromium of a size; `profile` is an empty folder. Skips where there is none."""
    from selenium import webdriver

    chromium, chromedriver = _programs()
    width, height = SIZES[kind]
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [
        *FLAGS,
        f"--window-size={width},{height}",
        f"--user-data-dir={profile}",
    ]:
        options.add_argument(flag)
    if os.getuid() == 0:
        options.add_argument("--no-sandbox")
    metrics = {"width": width, "height": height}
    if kind == "phone":
        device = {"deviceMetrics": metrics | {"pixelRatio": 2, "touch": True}}
        options.add_experimental_option("mobileEmulation", device)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    driver.set_page_load_timeout(120)
    if kind == "desktop":  # the window has borders, the page is what counts
        page = metrics | {"deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", page)
    return driver


@pytest.fixture
def open_browser(tmp_path):
    """open_browser("phone"): a chromium of that size; several may be open; all closed at the end.

    The same `profile` again is the same phone, switched on again.
    """
    opened = []

    def open_one(kind="desktop", profile=None):
        opened.append(launch(kind, tmp_path / (profile or f"chrome{len(opened)}")))
        return opened[-1]

    yield open_one
    for driver in opened:
        driver.quit()


@pytest.fixture
def browser(open_browser, request):
    """A desktop browser; `@pytest.mark.parametrize("browser", ["desktop", "phone"], indirect=True)` for both."""
    return open_browser(getattr(request, "param", "desktop"))


@pytest.fixture
def phone(open_browser):
    return open_browser("phone")
