"""ask_health.py PART...: exit 0 when the web server says that these parts are ok. Standard library only."""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

url = os.environ.get("HEALTH_URL", "http://127.0.0.1:8000/healthz")
try:
    answer = urlopen(Request(url, headers={"Host": "localhost"}), timeout=4)
except HTTPError as error:  # 503 tells which part is down
    answer = error
parts = json.load(answer)
sys.exit(any(parts.get(part) != "ok" for part in sys.argv[1:]))
