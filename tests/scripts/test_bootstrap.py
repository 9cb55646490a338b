import os
import shutil
import subprocess

import pytest

from tests.scripts.conftest import ROOT

pytestmark = pytest.mark.slow


def test_no_network_during_set_up(project):
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        pytest.skip("a network namespace cannot be made here")
    (project.folder / ".venv").unlink()
    shutil.copy(ROOT / "uv.lock", project.folder)
    result = project.run("bootstrap", prefix=["unshare", "--net"])
    assert result.returncode == 1
    assert "the network cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_there_is_not_installed_again(project):
    result = project.run("bootstrap")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_missing_packages_without_root(open_project):
    names = open_project.folder / "names"
    names.mkdir()
    (names / "dpkg-query").write_text("#!/bin/sh\n")
    (names / "dpkg-query").chmod(0o755)
    result = open_project.run(
        "bootstrap",
        env={"PATH": f"{names}:{os.environ['PATH']}"},
        prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    )
    assert result.returncode == 1
    assert 'run "sudo script/bootstrap packages" once' in result.stderr
