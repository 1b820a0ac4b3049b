"""What the image carries is at work: every package that is asked for is used somewhere."""

import ast
import re
from functools import cache
from importlib.metadata import packages_distributions

from django.apps import apps
from django.conf import settings

from gridmgmt.running import localstack

CODE = ["grids", "residents", "cases", "inspections", "gridmgmt"]
USED_WITHOUT_AN_IMPORT = {
    "gunicorn": "the launcher and the container start it as a program",
    "tzdata": "zoneinfo reads it where the system has no zones",
}


def _wanted():
    lines = (localstack.ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [re.match(r"[\w.-]+", line)[0] for line in lines if re.match(r"\w", line)]


@cache
def _modules_in_use():
    """Top modules that the code imports or that the settings name."""
    installed = [config.name for config in apps.get_app_configs()]
    named = {name.split(".")[0] for name in [*installed, *settings.MIDDLEWARE]}
    for app in CODE:
        for path in (localstack.ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    named |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    named.add(node.module.split(".")[0])
    return named


def _is_used(package):
    modules = {
        module
        for module, packages in packages_distributions().items()
        if package in {name.lower().replace("_", "-") for name in packages}
    }
    return bool(modules & _modules_in_use())


def test_every_package_that_is_asked_for_is_imported_or_has_a_reason():
    idle = [name for name in _wanted() if not _is_used(name)]

    assert sorted(idle) == sorted(USED_WITHOUT_AN_IMPORT)


def test_a_package_that_nobody_imports_counts_as_idle():
    assert not _is_used("pytest-xdist")
    assert _is_used("django-csp")  # only the settings name it
    assert _is_used("pillow")  # its module has another name
