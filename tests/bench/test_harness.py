import pytest

from bench import workload
from bench.load import Result, read_pgbench, read_wrk
from bench.report import replace_section, table


def test_the_list_of_tiles_is_the_same_in_every_run_and_covers_the_zooms_as_weighted():
    tiles = workload.tiles()
    assert tiles == workload.tiles()
    assert {z: sum(tile[0] == z for tile in tiles) for z in workload.ZOOMS} == workload.ZOOMS
    assert set(z for z, _x, _y in tiles[:50]) == set(workload.ZOOMS)
    assert all(0 <= x < 2**z and 0 <= y < 2**z for z, x, y in tiles)


def test_a_tile_of_amarah():
    assert workload.tile_at(47.145, 31.84, 14) == (14, 10337, 6662)


def test_boxes_are_where_the_data_is_and_hold_about_a_thousand_parcels():
    for west, south, east, north in workload.boxes():
        assert 46.9 < west < east < 47.4
        assert 31.6 < south < north < 32.0
        assert (north - south) * 111_000 == pytest.approx(690, rel=0.05)


def test_ids_exist():
    assert all(1 <= number <= workload.PARCELS for number in workload.ids())


def test_what_wrk_printed():
    seen = '{"requests": 500, "seconds": 5.0, "bytes": 1000, "errors": 3, "p50_ms": 8.5, "p95_ms": 20.25}'
    printed = f"Running 5s test\n{seen}\n"
    assert read_wrk("ours", printed) == Result("ours", rate=100, p50=8.5, p95=20.25, size=2, errors=3)


def test_a_server_that_answered_nothing():
    printed = '{"requests": 0, "seconds": 5.0, "bytes": 0, "errors": 8, "p50_ms": 0, "p95_ms": 0}'
    assert read_wrk("down", printed).rate == 0


def test_the_log_of_pgbench():
    lines = [f"0 {n} {n * 1000} 0 1700000000 {n}" for n in range(100, 0, -1)]
    assert read_pgbench("SQL", lines, 10) == Result("SQL", rate=10, p50=51, p95=96)


def test_the_table_gives_the_ratio_to_each_peer():
    rows = table([Result("SQL", 50, 1, 2), Result("ours", 125.4, 9.96, 0.123, size=12345.6)], ["SQL"]).splitlines()
    assert len({len(row) for row in rows}) == 1
    cells = [cell.strip() for cell in rows[-1].strip("|").split("|")]
    assert cells == ["ours", "125", "9.96", "0.12", "12,346", "0", "2.51"]


def test_only_the_section_of_that_name_is_replaced():
    document = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n<!-- y -->\nkept\n<!-- end of y -->\n"
    assert replace_section(document, "x", "new") == document.replace("old", "new")
    with pytest.raises(ValueError, match="z"):
        replace_section(document, "z", "new")
