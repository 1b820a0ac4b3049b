"""The audit: `audit.record(...)` writes an entry; nothing else does."""

from grids.audit.recording import record
from grids.models.audit import AuditEntry

Kind, Result = AuditEntry.Kind, AuditEntry.Result

__all__ = ["Kind", "Result", "record"]
