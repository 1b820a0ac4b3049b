from grids.models.grid import DistrictProfile, Grid, GridSuccession, Tier
from grids.models.inbox import Notification
from grids.models.place import Building, Compound
from grids.models.staff import Department, Posting, Staff

__all__ = [
    "Building",
    "Compound",
    "Department",
    "DistrictProfile",
    "Grid",
    "GridSuccession",
    "Notification",
    "Posting",
    "Staff",
    "Tier",
]
