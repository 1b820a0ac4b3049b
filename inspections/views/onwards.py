"""Where a page sends people afterwards: an address of this site that came with the form, or ours."""

from django.utils.http import url_has_allowed_host_and_scheme


def onwards(request, address, otherwise):
    """`address` if it is one of this site, without what stands after its #; else `otherwise`."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    # A bare word is allowed there, but is no address.
    return address.partition("#")[0] if is_ours and address.startswith("/") else otherwise
