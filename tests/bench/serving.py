"""Requests per second of main pages and API calls, as ratios to a bare view of the same server and run."""

import json
import subprocess
import sys
from pathlib import Path

from listings.models import Listing, ListingStatus

CLIENTS = 4
LOAD = Path(__file__).with_name("load.py")


def ratios(site: str, seconds: float) -> dict[str, dict[str, float]]:
    """Each path is asked for by four clients at once; the floor is the mean of before and after."""
    slug = Listing.objects.filter(status=ListingStatus.PUBLISHED).values_list("slug", flat=True)[0]
    paths = {
        "API list": "/api/v1/listings/",
        "API detail": f"/api/v1/listings/{slug}/",
        "API search": "/api/v1/listings/?q=review",
        "browse page": "/prompts/",
        "listing page": f"/prompts/{slug}/",
        "search page": "/prompts/?q=review",
        "home": "/",
    }
    before = _measure(site, "/healthz", seconds)
    measured = {name: _measure(site, path, seconds) for name, path in paths.items()}
    after = _measure(site, "/healthz", seconds)
    floor = (before["per_second"] + after["per_second"]) / 2
    measured = {"bare view": {**before, "per_second": round(floor)}, **measured}
    return {name: {**row, "ratio": round(row["per_second"] / floor, 3)} for name, row in measured.items()}


def _measure(site: str, path: str, seconds: float) -> dict[str, float]:
    command = [sys.executable, str(LOAD), site, path, str(seconds)]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(CLIENTS)]
    answers = [client.communicate()[0] for client in clients]
    if any(client.returncode for client in clients):
        raise SystemExit(f"{path} could not be measured")
    times = sorted(each for answer in answers for each in json.loads(answer))
    return {
        "per_second": round(len(times) / seconds),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
    }
