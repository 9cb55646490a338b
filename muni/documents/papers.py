"""Papers as PDF: a template of ours, our own font, nothing fetched from anywhere."""

from pathlib import Path

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import override
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from muni.documents import kinds

FONTS = {
    f"font:{script}-{weight}": f"vendor/plex/files/ibm-plex-sans-arabic-{script}-{weight}-normal.woff2"
    for script in ("arabic", "latin")
    for weight in (400, 600)
}


class OnlyOurFonts(URLFetcher):
    """Anything else that a paper asks for ends its making: it would be a mistake in a template, or somebody's trick."""

    def fetch(self, url, headers=None):
        if url not in FONTS:
            raise FatalURLFetchingError(f"A paper asked for {url[:200]}")
        return URLFetcherResponse(url, Path(finders.find(FONTS[url])).read_bytes(), {"Content-Type": "font/woff2"})


def pdf_of(issued):
    """The paper as bytes, in the house's first language. issued: an Issued, not yet saved."""
    kind = kinds.get(issued.kind)
    with override(settings.LANGUAGE_CODE):
        facts = {"facts": issued.facts, **kind.context(issued.facts)}
        html = render_to_string(
            kind.paper,
            {
                "issued": issued,
                "kind": kind,
                "qr": qr_of(issued.signed),
                "address": settings.PUBLIC_URL.rstrip("/") + reverse("verify:ask"),
                **facts,
            },
        )
    try:
        return HTML(string=html, url_fetcher=OnlyOurFonts(), base_url=None).write_pdf()
    except FatalURLFetchingError as error:  # no Exception: it would end the whole thread
        raise RuntimeError(str(error)) from None


def qr_of(text):
    """An SVG without a size of its own; error correction M, a quiet zone of four modules."""
    drawing = segno.make(text, error="m", boost_error=False, micro=False)
    return mark_safe(drawing.svg_inline(border=4, omitsize=True))  # noqa: S308  segno drew it: squares, no text
