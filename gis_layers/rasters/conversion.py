"""The parent's side of the converter: starts it, keeps it within bounds, turns its ways of failing into sentences."""

import json
import select
import signal
import subprocess  # noqa: S404
import sys
import tempfile
import time

from django.conf import settings
from django.utils.translation import gettext as _

from gis_layers.confinement import ENVIRONMENT
from muni.core.errors import BadRequest

MEMORY = 1536 * 1024**2
SILENCE_SECONDS = 3600  # the last step says nothing until it is done
HEARTBEAT_SECONDS = 5


class SheetRefused(BadRequest):
    """The file cannot become a raster sheet."""

    code = "sheet_refused"


def convert(path, folder, on_progress):
    """Writes folder/sheet.tif and gives the facts (see converter.convert); on_progress(percent) is called at least
    every few seconds. Raises SheetRefused, and whatever on_progress raises."""
    options = json.dumps({"path": str(path), "folder": str(folder), "memory": MEMORY})
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "gis_layers.rasters.converter", options],
            cwd=settings.BASE_DIR,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            told = _listen(child, on_progress)
            child.wait()
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
        if told is None:
            errors.seek(0)
            told = {"ok": False, "code": _way_of_death(child.returncode, errors.read()[-20_000:]), "detail": {}}
    if not told["ok"]:
        raise SheetRefused(sentence(told["code"], told["detail"]))
    return told


def _listen(child, on_progress):
    """The child's last word, None when it died without one or was silent for too long."""
    percent, heard = 0, time.monotonic()
    while time.monotonic() - heard < SILENCE_SECONDS:
        ready, _w, _x = select.select([child.stdout], [], [], HEARTBEAT_SECONDS)
        if ready:
            line = child.stdout.readline()
            if not line:
                return None
            told, heard = json.loads(line), time.monotonic()
            if "ok" in told:
                return told
            percent = told["progress"]
        on_progress(percent)
    return None


def _way_of_death(status, last_words):
    if b"bad_alloc" in last_words or b"MemoryError" in last_words or b"malloc" in last_words:
        return "too_much_memory"
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "too_slow"
    if status == -signal.SIGXFSZ or b"File too large" in last_words:
        return "disk_full"
    return "broke_the_converter"


def sentence(code, detail):
    sentences = {
        "damaged": _("The file is damaged: a part of the picture cannot be read. Save or copy it anew."),
        "not_a_geotiff": _("This is not a GeoTIFF. Save the picture as a GeoTIFF (.tif) with its coordinate system."),
        "no_crs": _(
            "The picture does not say its coordinate system. Assign one, in QGIS for example, and send it again."
        ),
        "only_control_points": _(
            "The picture has control points but is not rectified yet. Warp it with them, in QGIS for example, and send"
            " the result."
        ),
        "no_position": _("The picture names a coordinate system, but not where in it it lies. Georeference it first."),
        "nowhere": _("The picture lies nowhere on the map: its position does not fit its coordinate system."),
        "not_a_picture": _("The values of the file are no picture."),
        "too_many_pixels": _("The picture has %(width)s × %(height)s pixels, too many; divide it into sheets."),
        "bomb": _("The file would unpack to %(gigabytes)s GB out of almost nothing; it was refused."),
        "too_much_memory": _("Converting the picture needs more memory than it may use; divide it into sheets."),
        "too_slow": _("Converting the picture took too long; divide it into sheets."),
        "disk_full": _("There is not enough disk space to convert the picture."),
        "broke_the_converter": _("The file broke the program that reads it, so it is damaged or was made to do harm."),
    }
    said = sentences.get(code, sentences["broke_the_converter"]) % detail
    if code == "damaged" and detail:
        said += f" (\u2068{detail['detail']}\u2069)"  # the library's own words, in English
    return said
