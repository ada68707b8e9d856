"""What is answered when something breaks: 503 while the database is away, 500 for faults of ours."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import server_error

from common.outage import is_database_away
from marketplace.api.problems import OUTAGE_SECONDS, problem_of_outage


@requires_csrf_token
def fault(request: HttpRequest) -> HttpResponse:
    """Django's handler500: called where an error met nobody, whichever part of us it came from."""
    if not is_database_away(sys.exc_info()[1]):
        return server_error(request)
    if request.path.startswith("/api/"):
        return problem_of_outage()
    # Without the request: its person would be looked up.
    headers = {"Retry-After": str(OUTAGE_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
