"""A stand-in for an SMS gateway, a process of its own: it takes what HttpGateway sends, keeps it and carries nothing.

    python -m tests.muni.notices.gateway PORT

GET / gives what was taken, as a JSON list; numbers that end in 00 are refused with 422, and the first attempt for a
number that ends in 99 fails with 503.
"""

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

NAME, PASSWORD = "baladiya", "a:word"


class Handler(BaseHTTPRequestHandler):
    taken = []
    failed = set()

    def do_GET(self):
        self._answer(200, self.taken)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        expected = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] != expected:
            self._answer(401, {"error": "wrong name or password"})
        elif message["to"].endswith("00"):
            self._answer(422, {"error": "no such number"})
        elif message["to"].endswith("99") and message["reference"] not in self.failed:
            self.failed.add(message["reference"])
            self._answer(503, {"error": "busy"})
        else:
            self.taken.append(message)
            self._answer(202, {"note": "This is a test's gateway; nothing is sent to anybody."})

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
