from residents.models.access import AccessRecord
from residents.models.care import CareCategory, CareRecord
from residents.models.codes import Code
from residents.models.exports import Export, ExportList
from residents.models.households import Dwelling, Household, Resident
from residents.models.imports import (
    ImportBatch,
    ImportMapping,
    ImportProblem,
    MoveInRequest,
)
from residents.models.premises import Premises

__all__ = [
    "AccessRecord",
    "CareCategory",
    "CareRecord",
    "Code",
    "Dwelling",
    "Export",
    "ExportList",
    "Household",
    "ImportBatch",
    "ImportMapping",
    "ImportProblem",
    "MoveInRequest",
    "Premises",
    "Resident",
]
