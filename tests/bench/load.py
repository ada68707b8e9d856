"""One client: `python load.py SITE PATH SECONDS` asks again and again, prints times as JSON. Stands alone.

With LOAD_BODY in the environment it posts that, and with LOAD_TOKEN it says who it is.
"""

import http.client
import json
import os
import sys
import time
from urllib.parse import urlsplit


def ask(site: str, path: str, seconds: float) -> list[float]:
    """Seconds each request took, on one kept connection."""
    address = urlsplit(site)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    body, token = os.environ.get("LOAD_BODY"), os.environ.get("LOAD_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body:
        headers["Content-Type"] = "application/json"
    times = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        connection.request("POST" if body else "GET", path, body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}")
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
