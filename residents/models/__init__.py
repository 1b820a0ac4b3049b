from residents.models.access import AccessRecord, LookUpStop, PremisesLook
from residents.models.care import CareCategory, CareRecord
from residents.models.codes import HEAD_OF_HOUSEHOLD, Code
from residents.models.custom import CustomField
from residents.models.exports import Export, ExportList
from residents.models.guard import GuardChange
from residents.models.households import Dwelling, Household, Resident
from residents.models.imports import (
    ImportAbsent,
    ImportBatch,
    ImportConflict,
    ImportMapping,
    ImportProblem,
    MoveInRequest,
)
from residents.models.leases import Lease
from residents.models.premises import Licence, Premises
from residents.models.requests import DataRequest, DataRequestLine
from residents.models.retention import RetentionRule, RetentionRun
from residents.models.stays import Stay
from residents.models.support import Benefit, BenefitRecord, SupportAid, SupportPlan

__all__ = [
    "HEAD_OF_HOUSEHOLD",
    "AccessRecord",
    "Benefit",
    "BenefitRecord",
    "CareCategory",
    "CareRecord",
    "Code",
    "CustomField",
    "DataRequest",
    "DataRequestLine",
    "Dwelling",
    "Export",
    "ExportList",
    "GuardChange",
    "Household",
    "ImportAbsent",
    "ImportBatch",
    "ImportConflict",
    "ImportMapping",
    "ImportProblem",
    "Lease",
    "Licence",
    "LookUpStop",
    "MoveInRequest",
    "Premises",
    "PremisesLook",
    "Resident",
    "RetentionRule",
    "RetentionRun",
    "Stay",
    "SupportAid",
    "SupportPlan",
]
