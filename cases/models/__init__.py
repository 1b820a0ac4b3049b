from cases.models.calendar import CalendarChange, CalendarDay, WorkCalendar, WorkSpan
from cases.models.case import Case, Loop, Result, Source
from cases.models.catalogue import (
    AnswerTemplate,
    CaseStandard,
    Category,
    LimitUnit,
    Responsibility,
    ServiceModule,
)
from cases.models.catalogue_upload import CatalogueUpload
from cases.models.own_data import OwnDataRequest
from cases.models.quality import CaseCheck, Extension, Sample
from cases.models.record import (
    CaseEvent,
    CaseFile,
    CaseNumber,
    CasePhoto,
    Pause,
    SavedView,
)
from cases.models.stages import (
    FINISHED,
    OPEN,
    SOLVED,
    UNDER_LIMIT,
    WITH_DEPARTMENT,
    Stage,
)
from cases.models.supervision import (
    Alarm,
    CasePolicy,
    LadderHearer,
    LadderPolicy,
    SupervisionSlip,
)
from cases.models.together import CaseHelp, CaseLink, CaseSupporter
from cases.models.upload import Upload

__all__ = [
    "FINISHED",
    "OPEN",
    "SOLVED",
    "UNDER_LIMIT",
    "WITH_DEPARTMENT",
    "Alarm",
    "AnswerTemplate",
    "CalendarChange",
    "CalendarDay",
    "Case",
    "CaseCheck",
    "CaseEvent",
    "CaseFile",
    "CaseHelp",
    "CaseLink",
    "CaseNumber",
    "CasePhoto",
    "CasePolicy",
    "CaseStandard",
    "CaseSupporter",
    "CatalogueUpload",
    "Category",
    "Extension",
    "LadderHearer",
    "LadderPolicy",
    "LimitUnit",
    "Loop",
    "OwnDataRequest",
    "Pause",
    "Responsibility",
    "Result",
    "Sample",
    "SavedView",
    "ServiceModule",
    "Source",
    "Stage",
    "SupervisionSlip",
    "Upload",
    "WorkCalendar",
    "WorkSpan",
]
