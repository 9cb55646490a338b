"""What the database holds by itself, also against two connections at once."""

import threading
from datetime import date
from fractions import Fraction

import pytest
import shapely
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from property.models import Parcel, Right, Share
from property.services.holding import to_geos
from tests.factories import BlockFactory, ParcelFactory
from tests.property.factories import PartyFactory, UnitFactory, box, right_over, title_of

HALF = Fraction(1, 2)
PATIENCE = 120  # seconds; others may be using the machine


def at_once():
    """Deferred rules speak now, as they would at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def broken_rule(error):
    return error.value.__cause__.diag.constraint_name


@pytest.mark.django_db
class TestOverlaps:
    @pytest.mark.parametrize("east", [9.99, 10, 12])
    def test_neighbours_may_touch_and_rounding_is_forgiven(self, east):
        ParcelFactory(geom=to_geos(box(0, 0, 10, 9)))
        ParcelFactory(geom=to_geos(box(east, 0, 10, 9)))
        assert Parcel.objects.current().count() == 2

    @pytest.mark.parametrize("other", [box(9.9, 0, 10, 9), box(2, 2, 2, 2), box(0, 0, 10, 9), box(-5, -5, 30, 30)])
    def test_two_current_parcels_never_overlap(self, other):
        ParcelFactory(geom=to_geos(box(0, 0, 10, 9)))
        with pytest.raises(IntegrityError) as error:
            ParcelFactory(geom=to_geos(other))
        assert broken_rule(error) == "current_parcels_do_not_overlap"

    def test_rows_of_one_statement_are_compared_with_one_another(self):
        like = ParcelFactory.build(block=BlockFactory())
        shapes = (box(100, 0, 10, 9), box(0, 0, 10, 9), box(5, 0, 10, 9))
        rows = [
            Parcel(
                parcel_no=f"{n}", block=like.block, land_kind="mulk", area_m2=90, valid_from=date(2020, 1, 1),
                geom=to_geos(shape),
            )
            for n, shape in enumerate(shapes)
        ]  # fmt: skip
        with refused("overlap"):
            Parcel.objects.bulk_create(rows)

    def test_pending_and_historic_parcels_may_lie_over_others(self):
        ParcelFactory(geom=to_geos(box(0, 0, 10, 9)))
        ParcelFactory(geom=to_geos(box(0, 0, 10, 9)), status="pending")
        ParcelFactory(geom=to_geos(box(0, 0, 10, 9)), status="historic")
        assert set(Parcel.objects.values_list("status", flat=True)) == {"current", "pending", "historic"}

    def test_becoming_current_and_being_moved_are_looked_at(self):
        parcel = ParcelFactory(geom=to_geos(box(0, 0, 10, 9)))
        pending = ParcelFactory(geom=to_geos(box(0, 0, 10, 9)), status="pending")
        with refused("overlap"), transaction.atomic():
            Parcel.objects.filter(pk=pending.pk).update(status="current", valid_from=Now())
        other = ParcelFactory(geom=to_geos(box(20, 0, 10, 9)))
        with refused("overlap"):
            Parcel.objects.filter(pk=other.pk).update(geom=parcel.geom)

    def test_one_statement_may_put_one_in_the_place_of_the_other(self):
        old = ParcelFactory(geom=to_geos(box(0, 0, 10, 9)))
        new = ParcelFactory(geom=to_geos(box(0, 0, 10, 9)), status="pending", block=old.block, parcel_no="x")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE property_parcel SET status = CASE id WHEN %s THEN 'current' ELSE 'historic' END,"
                " valid_from = '2020-01-01', valid_to = CASE id WHEN %s THEN NULL ELSE '2026-01-01'::date END",
                [new.pk, new.pk],
            )
        assert list(Parcel.objects.current()) == [new]

    def test_an_outline_that_crosses_itself_is_no_parcel(self):
        x, y = box(0, 0, 10, 9).exterior.coords[0]
        bow = shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
        with refused("parcel_outline_is_valid"):
            ParcelFactory(geom=to_geos(bow))

    def test_a_number_is_given_once_in_a_block(self):
        block = BlockFactory()
        ParcelFactory(block=block, parcel_no="7", status="historic")
        ParcelFactory(block=block, parcel_no="7")
        with refused("parcel_number_is_unique_in_its_block"):
            ParcelFactory(block=block, parcel_no="7")


@pytest.mark.django_db
class TestRights:
    def test_shares_sum_to_exactly_one(self):
        unit = UnitFactory(owners={})
        thirds = {PartyFactory(place=unit.place): Fraction(n, 7) for n in (1, 2, 4)}
        right = right_over(unit, Right.Kind.OWNERSHIP, thirds)
        at_once()
        assert sum(share.fraction for share in right.shares.all()) == 1

    @pytest.mark.parametrize("parts", [[], [HALF], [HALF, HALF, Fraction(1, 10**12)], [Fraction(333333, 10**6)] * 3])
    def test_shares_that_do_not_are_refused(self, parts):
        unit = UnitFactory(owners={})
        right_over(unit, Right.Kind.OWNERSHIP, {PartyFactory(place=unit.place): part for part in parts})
        with refused("sum"):
            at_once()

    @pytest.mark.parametrize("change", [lambda s: s.delete(), lambda s: s.update(denominator=F("denominator") * 2)])
    def test_also_when_a_share_is_changed_or_removed_later(self, change):
        unit = UnitFactory()
        at_once()
        change(Share.objects.filter(right__unit=unit))
        with refused("sum"):
            at_once()

    def test_a_right_may_go_with_its_shares(self):
        right = title_of(UnitFactory())
        right.delete()
        at_once()
        assert not Share.objects.exists()

    def test_one_title_of_a_kind_at_a_time(self):
        unit = UnitFactory()
        party = PartyFactory(place=unit.place)
        right_over(unit, Right.Kind.DISPOSAL, {party: Fraction(1)})
        right_over(unit, Right.Kind.MORTGAGE, {party: Fraction(1)}, amount=5)
        right_over(unit, Right.Kind.MORTGAGE, {party: Fraction(1)}, amount=7)
        with refused("unit_has_one_title_of_a_kind_at_a_time"):
            right_over(unit, Right.Kind.OWNERSHIP, {party: Fraction(1)})

    def test_a_right_never_outlives_its_unit(self):
        unit = UnitFactory()
        at_once()
        type(unit).objects.update(valid_to="2025-01-01")
        with refused("outlives"), transaction.atomic():
            at_once()
        Right.objects.update(valid_to="2025-01-02")
        with refused("outlives|within the period"), transaction.atomic():
            at_once()
        Right.objects.update(valid_to="2025-01-01")
        at_once()

    def test_no_right_is_added_to_a_closed_unit_nor_before_it_began(self):
        unit = UnitFactory(owners={}, valid_to=date(2025, 1, 1))
        party = PartyFactory(place=unit.place)
        for valid_from in (date(2024, 1, 1), date(2019, 1, 1)):
            with refused("within the period"), transaction.atomic():
                right_over(unit, Right.Kind.CLAIM, {party: Fraction(1)}, valid_from=valid_from)
                at_once()


class Rival(threading.Thread):
    """Does `act` in a transaction of a connection of its own; `error` is what it raised."""

    def __init__(self, act):
        super().__init__()
        self.act, self.error, self.backend = act, None, None
        self.ready = threading.Event()

    def run(self):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            self.ready.set()
            with transaction.atomic():
                self.act()
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()

    def waits(self):
        """Whether it is seen waiting for a lock; False when it has ended instead."""
        self.ready.wait(PATIENCE)
        for _attempt in range(20 * PATIENCE):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", [self.backend])
                if cursor.fetchone()[0]:
                    return True
            if not self.is_alive():
                return False
            self.join(0.05)
        return False


def race(first, second):
    """first in this transaction, second meanwhile in another; second has to wait. Returns what second raised."""
    rival = Rival(second)
    with transaction.atomic():
        first()
        rival.start()
        assert rival.waits()
    rival.join(PATIENCE)
    assert not rival.is_alive()
    return rival.error


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_overlapping_parcels_of_different_blocks(self):
        blocks = [BlockFactory(), BlockFactory()]
        error = race(
            lambda: ParcelFactory(block=blocks[0], geom=to_geos(box(0, 0, 10, 9))),
            lambda: ParcelFactory(block=blocks[1], geom=to_geos(box(5, 0, 10, 9))),
        )
        assert error.__cause__.diag.constraint_name == "current_parcels_do_not_overlap"
        assert Parcel.objects.count() == 1

    def test_neighbours_wait_and_both_stay(self):
        block = BlockFactory()
        assert (
            race(
                lambda: ParcelFactory(block=block, geom=to_geos(box(0, 0, 10, 9))),
                lambda: ParcelFactory(block=block, geom=to_geos(box(10, 0, 10, 9))),
            )
            is None
        )
        assert Parcel.objects.count() == 2

    def test_parcels_far_apart_do_not_wait_for_one_another(self):
        block = BlockFactory()
        rival = Rival(lambda: ParcelFactory(block=block, geom=to_geos(box(9000, 0, 10, 9))))
        with transaction.atomic():
            ParcelFactory(block=block, geom=to_geos(box(0, 0, 10, 9)))
            rival.start()
            rival.join(PATIENCE)
            assert not rival.is_alive()
        assert rival.error is None

    def test_a_unit_closed_while_it_gets_a_right(self):
        unit = UnitFactory(owners={})
        party = PartyFactory(place=unit.place)

        def add():
            right_over(unit, Right.Kind.CLAIM, {party: Fraction(1)})
            at_once()

        def close():
            type(unit).objects.filter(pk=unit.pk).update(valid_to="2025-01-01")

        assert "outlives" in str(race(add, close))
        type(unit).objects.filter(pk=unit.pk).update(valid_to=None)
        Right.objects.all().delete()
        assert "within the period" in str(race(close, add))

    def test_shares_of_one_right_added_by_two(self):
        unit = UnitFactory(owners={})
        parties = PartyFactory.create_batch(3, place=unit.place)
        right = right_over(unit, Right.Kind.OWNERSHIP, {parties[0]: Fraction(1)})

        def halve(party):
            def act():
                Share.objects.filter(right=right, party=parties[0]).update(numerator=1, denominator=2)
                Share.objects.create(right=right, party=party, numerator=1, denominator=2)
                at_once()

            return act

        assert "sum" in str(race(halve(parties[1]), halve(parties[2])))
