"""The second lock behind `visible_to`: the database shows a connection only certain districts.

Web pages are confined by a middleware to the districts of their person; tasks and management
commands say that they work everywhere. docs/decisions/0023-second-lock.md
"""

from grids.second_lock.confinement import EVERYWHERE, NOWHERE, SIGNING_IN, confined, start

__all__ = ["EVERYWHERE", "NOWHERE", "SIGNING_IN", "confined", "start"]
