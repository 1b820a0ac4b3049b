from grids.models.account import Account, AccountPolicy, LogInTry, PasswordBefore, Slip
from grids.models.audit import AuditEntry, AuditLink
from grids.models.grid import DistrictProfile, Grid, GridSuccession, Tier
from grids.models.inbox import Channel, Delivery, Notification
from grids.models.job import Job, JobQuerySet
from grids.models.place import Building, Compound
from grids.models.staff import Department, Posting, PostingChange, SettingChange, Staff, StandIn

__all__ = [
    "Account",
    "AccountPolicy",
    "AuditEntry",
    "AuditLink",
    "Building",
    "Channel",
    "Compound",
    "Delivery",
    "Department",
    "DistrictProfile",
    "Grid",
    "GridSuccession",
    "Job",
    "JobQuerySet",
    "LogInTry",
    "Notification",
    "PasswordBefore",
    "Posting",
    "PostingChange",
    "SettingChange",
    "Slip",
    "Staff",
    "StandIn",
    "Tier",
]
