"""Readable objects for tests; shapes are squares in degrees, stored in MUNI_SRID."""

import uuid
from datetime import date

import factory
from django.contrib.auth.models import Permission
from django.contrib.gis.geos import MultiPolygon, Polygon

from gis_layers.models import Layer, LayerField, StagedFeature
from gis_layers.services import flip
from muni.accounts.models import Membership, Role, User
from muni.core.srids import LONLAT, MUNI_SRID
from muni.places.models import Boundary, Department, Place
from property.models import Block, Parcel

AMARAH = (47.145, 31.84)


def square(lon, lat, size=0.001):
    """A square of `size` degrees with its south-west corner at lon, lat; in MUNI_SRID."""
    shape = Polygon.from_bbox((lon, lat, lon + size, lat + size))
    shape.srid = LONLAT
    return shape.transform(MUNI_SRID, clone=True)


def named(text):
    """A sequence whose members hold no digits, so that no test meets the number that it looks for by chance."""
    return factory.Sequence(lambda n: text.format("".join("abcdefghij"[int(digit)] for digit in str(n))))


class PlaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Place

    class Params:
        qadha = factory.Trait(level=Place.Level.QADHA, parent=factory.SubFactory("tests.factories.PlaceFactory"))
        municipality = factory.Trait(
            level=Place.Level.MUNICIPALITY, parent=factory.SubFactory("tests.factories.PlaceFactory", qadha=True)
        )

    level = Place.Level.GOVERNORATE
    code = factory.Sequence("T{:04d}".format)
    name_ar = named("محافظة {}")
    name_en = named("Governorate {}")


class BoundaryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Boundary

    place = factory.SubFactory(PlaceFactory)
    geom = factory.LazyFunction(lambda: MultiPolygon(square(*AMARAH, 0.1), srid=MUNI_SRID))
    valid_from = date(2000, 1, 1)


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    place = factory.SubFactory(PlaceFactory)
    code = factory.Sequence("department-{}".format)
    name_ar = "شعبة نظم المعلومات الجغرافية"
    name_en = "GIS unit"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("user{}".format)
    password = factory.django.Password("a long secret")

    @factory.post_generation
    def permissions(self, create, names, *, department=None, **kwargs):
        """UserFactory(permissions=["gis_layers.change_layer"], permissions__department=office)"""
        if not names:
            return
        role = Role.objects.create(code=f"role-{uuid.uuid4().hex[:8]}", name_ar="دور")
        for name in names:
            app_label, codename = name.split(".")
            role.permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
        Membership.objects.create(user=self, role=role, department=department or DepartmentFactory())


class LayerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Layer

    class Params:
        public = factory.Trait(visibility=Layer.Visibility.PUBLIC)
        staff = factory.Trait(visibility=Layer.Visibility.STAFF)

    slug = factory.Sequence("layer-{}".format)
    title_ar = named("طبقة {}")
    title_en = named("Layer {}")
    department = factory.SubFactory(DepartmentFactory)
    geometry_type = Layer.GeometryType.POLYGON


class LayerFieldFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LayerField

    layer = factory.SubFactory(LayerFactory)
    name = factory.Sequence("field_{}".format)


class BlockFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Block

    place = factory.SubFactory(PlaceFactory)
    number = named("block-{}")


class ParcelFactory(factory.django.DjangoModelFactory):
    """Parcels lie side by side to the east of AMARAH, since current ones may not overlap."""

    class Meta:
        model = Parcel

    block = factory.SubFactory(BlockFactory)
    block_no = factory.SelfAttribute("block.number")
    parcel_no = named("parcel-{}")
    land_kind = Parcel.LandKind.MULK
    area_m2 = 200
    status = Parcel.Status.CURRENT
    valid_from = factory.LazyAttribute(lambda parcel: date(2020, 1, 1) if parcel.status != "pending" else None)
    valid_to = factory.LazyAttribute(lambda parcel: date(2024, 1, 1) if parcel.status == "historic" else None)
    geom = factory.LazyFunction(lambda: square(AMARAH[0] + Parcel.objects.count() / 1000, AMARAH[1]))


def fill(layer, *rows):
    """Publishes features, given as (geometry, attributes), as the layer's next revision; returns the layer."""
    batch = uuid.uuid4()
    StagedFeature.objects.bulk_create(
        StagedFeature(batch=batch, geom=geometry, attributes=attributes) for geometry, attributes in rows
    )
    return flip(layer, batch, mode="append")
