"""Logs are structured, and no number of a person leaves through them."""

import io
import json
import logging
import logging.config

import pytest
import structlog
from django.conf import settings

from gridmgmt.running.logs import logging_config, mask


@pytest.fixture
def json_lines():
    """What was logged in this test, as production would have written it."""
    root, output = logging.getLogger(), io.StringIO()
    before = root.handlers[:]
    logging.config.dictConfig(logging_config(level="INFO", as_json=True))
    root.handlers[0].setStream(output)
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    logging.config.dictConfig(settings.LOGGING)
    root.handlers[:] = before


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        ("身份证 11010519491231002X 已登记", "身份证 1****************X 已登记"),
        ("id=110105194912310025,", "id=1****************5,"),
        ("call 13812345678 now", "call *******5678 now"),
        ("unit grid 370402001028001", "unit grid 370402001028001"),
        ("component 37040201010000001", "component 37040201010000001"),
        ("case 202611220000000000000001", "case 202611220000000000000001"),
    ],
)
def test_numbers_of_persons_are_masked_and_others_are_not(written, logged):
    assert mask(written) == logged


def test_every_line_is_an_object_whoever_logs(json_lines):
    logging.getLogger("plain").info("row %s refused", "11010519491231002X")
    structlog.get_logger("structured").info("refused", number="11010519491231002X")

    plain, structured = json_lines()
    assert plain["event"] == "row 1****************X refused"
    assert plain["level"] == "info"
    assert structured["number"] == "1****************X"


def test_a_traceback_shows_no_number_either(json_lines):
    try:
        raise ValueError("11010519491231002X is odd")
    except ValueError:
        logging.getLogger("plain").exception("failed")

    (line,) = json_lines()
    assert "1****************X is odd" in line["exception"]
    assert "11010519491231002X" not in json.dumps(line)


@pytest.mark.django_db
def test_an_answer_is_logged_with_its_number_and_without_its_query(client, json_lines):
    client.get("/login/?next=/residents/?q=11010519491231002X")

    line = next(line for line in json_lines() if line["event"] == "request")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/login/", 200)
    assert len(line["request"]) == 12
    assert line["ms"] > 0
