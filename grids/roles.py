"""The ONE table that says which role may do what. Nothing else grants a right.

A right is written `area.verb`; every scoped model names its area. A posting grants the
rights of its role on the rows of its own place (grid and below, building, or department).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    GRID_WORKER = "grid_worker", _("Grid worker")
    GRID_LEADER = "grid_leader", _("Grid leader")
    ASSISTANT = "assistant", _("Assistant")
    INFORMATION_OFFICER = "information_officer", _("Information officer")
    SUPERVISOR = "supervisor", _("Supervisor")
    BUILDING_STEWARD = "building_steward", _("Building steward")
    COMMUNITY_STAFF = "community_staff", _("Community staff")
    DISPATCHER = "dispatcher", _("Dispatcher")
    DEPARTMENT_COORDINATOR = "department_coordinator", _("Department coordinator")
    DEPARTMENT_HANDLER = "department_handler", _("Department handler")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    ADMINISTRATOR = "administrator", _("Administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", _("Security administrator")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")


DEPARTMENT_ROLES = frozenset(
    {Role.DEPARTMENT_COORDINATOR, Role.DEPARTMENT_HANDLER, Role.DEPARTMENT_HEAD}
)

TABLE = {
    Role.GRID_WORKER: {
        "grid": "view",
        "register": "view edit read_birth read_phone read_care",
        "case": "view report check solve verify evaluate reopen remark",
        "visit": "view log",
    },
    Role.GRID_LEADER: {
        "grid": "view",
        "staff": "view slip",
        "register": "view edit approve import export read_birth read_phone read_care reveal",
        "case": "view report check solve register reject dispatch ask_help verify evaluate reopen recheck"
        " urge pause remark board",
        "visit": "view log plan",
        "message": "webhook",
    },
    Role.ASSISTANT: {
        "grid": "view",
        "register": "view read_phone",
        "case": "view report check remark",
        "visit": "view log",
    },
    Role.INFORMATION_OFFICER: {
        "grid": "view",
        "register": "view edit approve import export read_birth read_phone reveal",
        "case": "view report remark",
        "visit": "view",
        "request": "view answer",
    },
    Role.SUPERVISOR: {
        "grid": "view",
        "staff": "view slip",
        "register": "view",
        "case": "view report check register reject dispatch ask_help verify reopen recheck call_back"
        " urge pause extend remark board",
        "visit": "view plan",
        "message": "webhook",
    },
    Role.BUILDING_STEWARD: {
        "grid": "view",
        "register": "view read_phone",
        "case": "report",
        "visit": "log",
    },
    Role.COMMUNITY_STAFF: {
        "grid": "view",
        "staff": "view slip",
        "register": "view edit approve import export read_birth read_phone read_care read_guarded"
        " reveal",
        "case": "view report check solve register reject dispatch ask_help verify evaluate reopen recheck"
        " call_back urge remark board",
        "visit": "view log plan",
        "request": "view answer",
        "message": "webhook",
    },
    Role.DISPATCHER: {
        "grid": "view",
        "staff": "view",
        "case": "view report check register reject dispatch ask_help verify reopen recheck call_back"
        " urge pause extend remark board",
        "visit": "view",
        "message": "webhook",
    },
    Role.DEPARTMENT_COORDINATOR: {
        "case": "view report handle assign help ask_help remark board",
        "request": "view ask",
        "message": "webhook",
    },
    Role.DEPARTMENT_HANDLER: {"case": "view handle help ask_help remark board"},
    Role.DEPARTMENT_HEAD: {
        "case": "view report handle assign help ask_help extend remark board",
        "request": "view ask",
        "message": "webhook",
    },
    Role.ADMINISTRATOR: {
        "grid": "view edit",
        "staff": "view edit secure confirm",
        "register": "view edit approve import export read_birth read_phone reveal",
        "case": "view board",
        "visit": "view plan",
        "dictionary": "view edit",
        "request": "view answer",
        "retention": "view edit run",
        "message": "webhook",
    },
    Role.SECURITY_ADMINISTRATOR: {
        "grid": "view",
        "staff": "view secure confirm",
        "retention": "view run",
    },
    Role.AUDITOR: {
        "grid": "view",
        "staff": "view",
        "register": "view",
        "case": "view board",
        "visit": "view",
        "access": "view release",
        "request": "view",
        "retention": "view",
    },
    Role.OPERATOR: {"system": "view", "message": "webhook"},
}

RIGHTS = {
    role: frozenset(f"{area}.{verb}" for area, verbs in areas.items() for verb in verbs.split())
    for role, areas in TABLE.items()
}

# Three administrators (三员分立): nobody holds two of these where the district wants it so.
THREE = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)

# There these rights are the security administrator's, and no longer the administrator's.
SECURITY_RIGHTS = frozenset({"staff.secure"})

# Who gets one of these there gets it from two people.
GRAVE_RIGHTS = frozenset(
    {
        "register.reveal",
        "register.export",
        "register.read_guarded",
        "access.view",
        "staff.edit",
        "staff.secure",
        "retention.run",
    }
)
GRAVE = frozenset(role for role in Role if RIGHTS[role] & GRAVE_RIGHTS)

# A city above the districts sees sums and hands cases down; it reads no person's file.
CITY_RIGHTS = frozenset({"grid.view", "case.board", "staff.view"})

# What a department may do with a row that it was called to help with.
HELPERS_RIGHTS = frozenset({"case.view", "case.help", "case.remark"})

# What is left of the owner's rights for somebody who joined: sight.
JOINED_RIGHTS = frozenset({"case.view"})

# Who made a row (reported the case, logged the visit, uploaded the file) keeps the first
# right on it inside the same district, as long as a posting of today grants the second.
OWNER_RIGHTS = {
    "case.view": "case.report",
    "case.evaluate": "case.report",
    "case.reopen": "case.report",
    "case.remark": "case.report",
    "case.keep": "case.view",
    "visit.view": "visit.log",
    "register.import": "register.import",
    "access.fetch": "register.export",
}
