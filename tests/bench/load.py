"""One client: `python load.py SITE PATH SECONDS` asks again and again, prints times as JSON. Stands alone."""

import http.client
import json
import sys
import time
from urllib.parse import urlsplit


def ask(site: str, path: str, seconds: float) -> list[float]:
    """Seconds each request took, on one kept connection."""
    address = urlsplit(site)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    times = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}")
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
