"""deploy/nginx.conf in a real nginx, before a web server that says which addresses reach it."""

import gzip
import http.client
import subprocess
from pathlib import Path

import pytest

from tests.scripts.conftest import ROOT, free_port, wait_for

NGINX = Path("/usr/sbin/nginx")
TILE = gzip.compress(b"a stored tile")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not NGINX.exists(), reason="nginx is not installed: script/bootstrap test installs it"),
]


@pytest.fixture(scope="module")
def get(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    port, web_port = free_port(), free_port()
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    for ours, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server web:8000;", f"server 127.0.0.1:{web_port};"),
        ("/var/lib/baladiya", f"{folder}/data"),
    ):
        assert ours in conf
        conf = conf.replace(ours, here)
    web = f"""server {{ listen 127.0.0.1:{web_port}; location / {{
        add_header X-Web yes; return 200 "$request_uri $http_x_forwarded_for"; }} }}"""
    (folder / "nginx.conf").write_text(
        f"user root; pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;"
        f"events {{}} http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
        f" {web} {conf} }}"
    )
    (folder / "body").mkdir()
    stored = folder / "data" / "tiles" / "public" / "parcels" / "7" / "14" / "10"
    stored.mkdir(parents=True)
    (stored / "20.mvt.gz").write_bytes(TILE)
    (stored / "21.mvt.gz").touch()
    private = folder / "data" / "tiles" / "5f3a" / "parcels" / "7" / "14" / "10"
    private.mkdir(parents=True)
    (private / "22.mvt.gz").write_bytes(TILE)
    static = folder / "data" / "static"
    static.mkdir()
    (static / "map.0123456789ab.mjs").write_text("export {}")
    (static / "logo.svg").write_text("<svg/>")
    (folder / "data" / "secret-key").write_text("secret")

    def get(path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} | headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def answers():
        try:
            return get("/").status == 200
        except OSError:
            return False

    with subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"]) as nginx:
        try:
            wait_for(answers)
            yield get
        finally:
            nginx.terminate()


def from_web(answer):
    return answer.getheader("X-Web") == "yes"


def test_a_stored_public_tile(get):
    answer = get("/tiles/parcels/14/10/20.mvt?v=7")
    assert not from_web(answer)
    assert (answer.status, answer.body) == (200, TILE)
    assert answer.getheader("Content-Type") == "application/vnd.mapbox-vector-tile"
    assert answer.getheader("Content-Encoding") == "gzip"
    assert answer.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert answer.getheader("Vary") == "Accept-Encoding"


def test_an_empty_stored_tile(get):
    answer = get("/tiles/parcels/14/10/21.mvt?v=7")
    assert not from_web(answer)
    assert (answer.status, answer.body, answer.getheader("Content-Encoding")) == (200, b"", None)


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/parcels/14/10/20.mvt",
        "/tiles/parcels/14/10/20.mvt?v=8",
        "/tiles/parcels/14/10/20.mvt?v=7&scope=5f3a",
        "/tiles/parcels/14/10/20.mvt?v=../parcels/7",
        "/tiles/parcels/14/10/20.mvt?v=7%2F",
        "/tiles/parcels/14/10/22.mvt?v=7",
        "/tiles/roads/14/10/20.mvt?v=7",
        "/tiles/parcels.json",
        "/map/",
        "/secret-key",
        "/static/../secret-key",
    ],
)
def test_everything_else_is_djangos(get, path):
    assert from_web(get(path))


def test_a_client_without_gzip_gets_its_tile_from_django(get):
    assert from_web(get("/tiles/parcels/14/10/20.mvt?v=7", **{"Accept-Encoding": "identity"}))


def test_static_files(get):
    module = get("/static/map.0123456789ab.mjs")
    assert module.getheader("Content-Type") == "text/javascript"
    assert module.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert get("/static/logo.svg").getheader("Cache-Control") == "public, max-age=3600"
    assert get("/static/../../etc/passwd").status == 400
    assert get("/static/none.js").status == 404


def test_the_proxy_adds_the_client_that_it_saw(get):
    assert get("/", **{"X-Forwarded-For": "203.0.113.9"}).body == b"/ 203.0.113.9, 127.0.0.1"
