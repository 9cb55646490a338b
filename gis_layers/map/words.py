"""The words that the map's scripts say, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words():
    return {
        "yes": _("yes"),
        "no": _("no"),
        "nothing": _("not recorded"),
        "noBoundary": _("The boundary of {name} is not recorded yet."),
        "noName": _("without a name"),
        "fewHits": _("What is here"),
        "noHits": _("Nothing is recorded at this point. Switch on a layer, or zoom in."),
        "loading": _("Loading…"),
        "featureFailed": _("The details could not be loaded. Try again."),
        "featureGone": _("This object is no longer on the map."),
        "searching": _("Searching…"),
        "noResults": _("Nothing was found. Try fewer letters, a parcel number, or coordinates such as 47.145, 31.84."),
        "searchFailed": _("The search could not be reached. Try again."),
        "notWhole": _("Some large layers took too long and were left out."),
        "results": _("{n} results"),
        "coordinates": _("Coordinates"),
        "tooFar": _("Shown from closer."),
        "tooNear": _("Shown from farther away."),
        "metres": pgettext("metres", "m"),
        "kilometres": pgettext("kilometres", "km"),
        "squareMetres": _("m²"),
        "squareKilometres": _("km²"),
        "dunams": _("dunam"),
        "perimeter": _("perimeter"),
        "measureDistance": _("Click points on the map; a double click or Enter ends the line."),
        "measureArea": _("Click the corners on the map; a double click or Enter closes the area."),
        "copied": _("The link is in the clipboard."),
        "copyByHand": _("Copy this link:"),
        "locating": _("Looking for your position…"),
        "locationDenied": _("The browser may not tell your position. Allow it in the address bar and try again."),
        "locationUnknown": _("Your position could not be found. Try again under the open sky."),
        "locationInsecure": _("Positions need a secure connection (https)."),
        "youAreHere": _("You are here, within {n} m"),
        "comma": pgettext("between things listed", ", "),
        "semicolon": pgettext("between things listed", "; "),
    }
