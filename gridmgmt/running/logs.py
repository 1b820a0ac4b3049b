"""Structured logs: one JSON object per line in production, readable lines in the demo.

LOG_LEVEL and LOG_FORMAT (json | console) come from the environment. Numbers of persons are
masked here, whoever logged them.
"""

import re
import time
import uuid

import structlog

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])([1-9])\d{16}([0-9Xx])(?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{5}(\d{4})(?!\d)")

log = structlog.get_logger("gridmgmt.request")


def mask(text: str) -> str:
    text = ID_NUMBER.sub(lambda found: found[1] + "*" * 16 + found[2], text)
    return MOBILE.sub(lambda found: "*" * 7 + found[1], text)


def mask_event(logger, method, event):
    """A structlog processor: no number of a person leaves through a log."""
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}


class RequestLogMiddleware:
    """Binds a request number to everything that is logged meanwhile, and logs the answer.

    The path only: a query string may hold a name or a number.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=uuid.uuid4().hex[:12])
        started = time.perf_counter()
        response = self.get_response(request)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response


def logging_config(*, level: str, as_json: bool) -> dict:
    before: list = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    ending = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask_event,
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": ending,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "gridmgmt.request": {"level": level if as_json else "WARNING"},
            "celery.beat": {"level": level if as_json else "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": level if as_json else "WARNING"},
        },
    }
