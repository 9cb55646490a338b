import pytest
from django.core.files.base import ContentFile

from muni.web.staticfiles import ManifestStorage


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ('import("./map.js")', 'import("./map.HASH.js")'),
        ('import { a } from "./map.js";', 'import { a } from "./map.HASH.js";'),
        ('import("muni/map")', 'import("muni/map")'),
        ('import { a } from "muni/map";', 'import { a } from "muni/map";'),
    ],
)
def test_imports_of_files_get_their_hash_and_bare_names_stay(tmp_path, written, served):
    storage = ManifestStorage(location=tmp_path, base_url="/static/")
    storage.save("map.js", ContentFile("export const a = 1;"))
    storage.save("page.js", ContentFile(written))
    names = {}
    for name, hashed, outcome in storage.post_process({n: (storage, n) for n in ("map.js", "page.js")}):
        assert not isinstance(outcome, Exception)
        names[name] = hashed
    digest = names["map.js"].split(".")[1]
    assert (tmp_path / names["page.js"]).read_text() == served.replace("HASH", digest)


def test_the_first_start_does_not_wait_for_brotli():
    assert not ManifestStorage().create_compressor(quiet=True).use_brotli
