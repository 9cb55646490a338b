from django.db import models
from django.db.models import Count, F, Func, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from gis_layers.models import Feature, Layer
from gis_layers.registry import editable_slugs
from muni.places.querysets import below


class Bytes(Func):
    """The exact bytes of a geometry: `=` on geometries compares boxes or shapes, not coordinates."""

    template = "(%(expressions)s)::bytea::text"
    output_field = TextField()


def layers_for(user):
    """Layers of which the user may open a changeset (gis_layers.access.can_draft)."""
    if not user.is_authenticated:
        return Layer.objects.none()
    paths = user.granted_paths("gis_layers.change_layer")
    registers = Q(department=None, slug__in=editable_slugs()) if paths else Q(pk=None)
    owned = ~Q(department=None) & (Q(is_registered=False) | Q(slug__in=editable_slugs()))
    if not (user.is_superuser and user.is_active):
        owned &= below(paths, "department__place__path")
    return Layer.objects.filter(registers | owned)


class ChangesetQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The changesets that the user may change or publish; to everybody else there are none."""
        return self.granted_to(user, "gis_layers.change_layer", "gis_layers.publish_layer")

    def granted_to(self, user, *permissions):
        """Those in whose home the user holds one of the "gis_layers.…" (Changeset.home)."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser and user.is_active:
            return self
        paths = user.granted_paths(*permissions)
        owned = below(paths, "layer__department__place__path")
        return self.filter(owned | Q(layer__department=None) & below(paths, "place__path"))

    def of(self, user):
        """Opened by the user, or with edits of theirs."""
        return self.filter(Q(opened_by=user) | Q(pk__in=self.model.objects.filter(gestures__by=user).values("pk")))

    def under_way(self):
        return self.exclude(state__in=self.model.ENDED)

    def with_layer(self):
        return self.select_related("layer__department__place", "place", "opened_by", "approved_by")


class EditQuerySet(models.QuerySet):
    def effective(self):
        """Those that change something: no tombstones, and no changes that were taken back by hand."""
        is_tombstone = Q(op="delete", base_version=None)
        is_unchanged = Q(
            op="update",
            attributes=F("base_attributes"),
            _geom=F("_base_geom"),
        )
        return self.alias(_geom=Bytes("geom"), _base_geom=Bytes("base_geom")).exclude(is_tombstone | is_unchanged)

    def moved(self):
        """Those that remove a published feature or change its geometry; of `effective` ones."""
        return self.filter(Q(op="delete") | Q(op="update") & ~Q(_geom=F("_base_geom")))

    def stale(self, layer):
        """Those of a planner-made layer whose feature somebody else published a change of meanwhile."""
        token = Feature.objects.current().filter(layer=layer, feature_no=OuterRef("feature_no"))
        nothing = Value("", output_field=TextField())
        return self.alias(
            _now=Coalesce(Subquery(token.annotate(_t=_token()).values("_t")[:1]), nothing),
            _base=Coalesce("base_version", nothing, output_field=TextField()),
        ).exclude(_now=F("_base"))

    def counted(self):
        """{"created", "updated", "deleted"}: how many features the edits add, change and remove."""
        found = dict(self.effective().order_by().values_list("op").annotate(n=Count("pk")))
        return {f"{op}d": found.get(op, 0) for op in ("create", "update", "delete")}


def _token():
    """The version token of a published Feature."""
    return Func(F("id"), template="'p' || %(expressions)s", output_field=TextField())
