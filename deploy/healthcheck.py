"""Exit 0 when the web server of this container answers /healthz. Only the standard library: it runs often.

The request carries the public host's name, since the site answers no other, and is exempt from the redirect
to https.
"""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

port = os.environ.get("GRANIAN_PORT", "8000")
host = urlsplit(os.environ.get("PUBLIC_URL", "http://127.0.0.1")).netloc
request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
try:
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 - our own server
        sys.exit(0 if answer.status == 200 else 1)
except OSError as error:
    sys.exit(f"/healthz does not answer: {error}")
