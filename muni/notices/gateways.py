"""The port to whoever carries our SMS: `send(phone, text, reference)`, which raises OSError where it fails."""

import base64
import json
import logging
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

log = logging.getLogger("muni.notices")

TIMEOUT_SECONDS = 20


class GatewayRefusal(OSError):
    """The gateway answered that it will never take this message."""


class HttpGateway:
    """POSTs {"to": "+9647701234567", "text", "reference"} as JSON, with HTTP Basic where the address carries a name.

    Any answer of 2xx is taken for accepted; 400, 404 and 422 for a refusal of the message itself; the rest is tried
    again. `reference` stays the same in a repeated attempt, so that the gateway can tell it from a new message.
    """

    def __init__(self, url):
        parts = urlsplit(url)
        self.url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self.headers = {"Content-Type": "application/json"}
        if parts.username:
            name = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.headers["Authorization"] = "Basic " + base64.b64encode(name.encode()).decode()

    def send(self, phone, text, reference):
        body = json.dumps({"to": phone, "text": text, "reference": reference}).encode()
        request = Request(self.url, body, self.headers)  # noqa: S310 the operator's address, from the settings
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                pass
        except HTTPError as error:
            with error:
                if error.code in {400, 404, 422}:
                    raise GatewayRefusal(f"refused with {error.code}") from None
            raise


class LogGateway:
    """Without a gateway messages are printed to the log, as letters are."""

    def send(self, phone, text, reference):
        log.warning("SMS %s to %s, not sent since SMS_URL is not set: %s", reference, phone, text)


def sms_gateway():
    return HttpGateway(settings.SMS_URL) if settings.SMS_URL else LogGateway()
