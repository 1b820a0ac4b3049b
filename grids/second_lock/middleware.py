"""Each page: first nothing but who signs in, then the districts of its person."""

from django.db import connection

from grids.scope import Scope
from grids.second_lock.confinement import SIGNING_IN, confined, is_bound, start


class SecondLockMiddleware:
    """Stands after the one that names the person."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with confined(SIGNING_IN):
            return self.get_response(request)

    def process_view(self, request, *arguments):
        if request.user.is_authenticated and is_bound(connection):
            start(districts_of(request.user))


def districts_of(staff):
    """Keys of the districts of a person's postings of today, and of the account itself."""
    scope = Scope.of(staff)
    cities = [one.grid for one in scope.postings if one.grid.tier == "city"]
    below = {key for city in cities for key in city.children.values_list("pk", flat=True)}
    own = {staff.district_id} - {None}
    return scope.district_ids | below | own
