"""Which department answers for a category in a grid."""


def keep(responsibility):
    """Save it; it holds in the district of its grid."""
    responsibility.district_id = responsibility.grid.district_id
    responsibility.save()
