"""The largest sheet that is taken, on its whole way: over a line that breaks, through the worker, onto the map."""

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import rasterio
from django.conf import settings
from django.db import connection
from django.test import Client
from rasterio.transform import from_origin
from rasterio.windows import Window

from gis_layers.rasters.models import RasterSheet
from tests.connections import until
from tests.factories import DepartmentFactory, UserFactory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),  # tiles are plain pictures
]
RIGHTS = ["gis_layers.add_layer", "gis_layers.change_layer"]
SIDE = 13_000  # pixels: three bytes each make 484 MB, of 500
PIECE = 4 * 1024**2  # as the page sends it
GIGABYTE = 1024**2  # kilobytes

WORKER = """
import sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
connection.settings_dict["NAME"], settings.MEDIA_ROOT = sys.argv[1:]
call_command("worker", batch=True, reload=False, startup_delay=False, verbosity=0)
"""


def noise(path):
    """A picture that no compression makes small."""
    profile = {"width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8", "crs": "EPSG:32638"}
    random = np.random.default_rng(1)
    with rasterio.open(
        path, "w", driver="GTiff", transform=from_origin(702_000, 3_526_000, 0.1, 0.1), **profile
    ) as file:
        for top in range(0, SIDE, 500):
            file.write(random.integers(0, 255, (3, 500, SIDE), "uint8"), window=Window(0, top, SIDE, 500))
    return path


def cut_off(address, headers, piece):
    """Begins to send the piece; the line breaks in the middle of it."""
    host = urlsplit(address)
    lines = [f"PATCH {host.path} HTTP/1.1", f"Host: {host.netloc}", f"Content-Length: {len(piece)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((host.hostname, host.port)) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + piece[: len(piece) // 3])


def test_a_sheet_of_500_megabytes(live_server, tmp_path):
    path = noise(tmp_path / "sheet.tif")
    size = path.stat().st_size
    assert 480 * 1024**2 < size <= settings.RASTER_MAX_BYTES
    department = DepartmentFactory()
    signed_in = Client()
    signed_in.force_login(UserFactory(permissions=RIGHTS, permissions__department=department))
    session = {settings.SESSION_COOKIE_NAME: signed_in.cookies[settings.SESSION_COOKIE_NAME].value}

    with httpx.Client(base_url=live_server.url, cookies=session, timeout=300) as web, path.open("rb") as file:
        web.get("/rasters/new/")
        token = {"X-CSRFToken": web.cookies[settings.CSRF_COOKIE_NAME]}
        announced = {"title_ar": "مخطط", "department": department.pk, "file_name": "sheet.tif", "file_size": size}
        told = web.post("/rasters/new/", json=announced, headers=token).json()
        address = live_server.url + urlsplit(told["upload"]).path
        offset, is_broken = 0, False
        while offset < size:
            file.seek(offset)
            piece = file.read(PIECE)
            headers = {**token, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            if offset > size // 2 and not is_broken:
                is_broken = True
                cookies = "; ".join(f"{name}={value}" for name, value in web.cookies.items())
                cut_off(address, {**headers, "Cookie": cookies}, piece)
                until(lambda: web.head(address).status_code == 204)
            answer = web.patch(address, content=piece, headers=headers)
            if answer.status_code == 409:  # what came before the break is kept
                assert int(answer.headers["Upload-Offset"]) > offset
            else:
                assert answer.status_code == 204, answer.text
            offset = int(answer.headers["Upload-Offset"])

        sheet = RasterSheet.objects.get()
        assert sheet.state == "queued"
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(settings.MEDIA_ROOT)],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"},
        )
        _pid, status, used = os.wait4(worker.pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        assert worker.returncode == 0
        assert used.ru_maxrss < GIGABYTE, f"{used.ru_maxrss} KB"  # of the worker, and of the converter that it started
        sheet.refresh_from_db()
        assert (sheet.state, sheet.error) == ("done", "")
        assert (sheet.width, sheet.height, sheet.resolution) == (SIDE, SIDE, pytest.approx(0.1, rel=0.01))
        assert not sheet.incoming.exists()

        west, south, east, north = sheet.bounds
        for z in (14, 18, 22):
            x = int(((west + east) / 2 + 180) / 360 * 2**z)
            latitude = np.radians((south + north) / 2)
            y = int((1 - np.arcsinh(np.tan(latitude)) / np.pi) / 2 * 2**z)
            tile = web.get(f"/rasters/{sheet.pk}/{z}/{x}/{y}.png")
            assert (tile.status_code, tile.headers["Content-Type"]) == (200, "image/png")
            with rasterio.MemoryFile(tile.content) as picture, picture.open() as pixels:
                assert pixels.read(1).std() > 1
