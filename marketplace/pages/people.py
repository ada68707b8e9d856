"""Who is asking: the person signed in, for views behind `login_required`."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a request that `login_required` has let through."""
    return cast(User, request.user)
