"""What a report came from is kept on the floors above; they say here that they want to know.

A taker is called in the transaction of the report, once, with the new case and the cleaned
words of the form: `taker(case, given, by=staff)`.
"""

TAKERS: list = []


def tell(case, given, *, by):
    for taker in TAKERS:
        taker(case, given, by=by)
