import uuid
from pathlib import Path

from django.conf import settings
from django.contrib.gis.db.models import GeometryField, PolygonField
from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_layers.fields import Attribute, Choice, FieldType
from gis_layers.querysets import FeatureQuerySet, LayerQuerySet
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.places.models import Department

slug_validator = RegexValidator(r"^[a-z][a-z0-9_-]*$", _("Lower-case Latin letters, digits, - and _; a letter first."))


class Layer(models.Model):
    """A layer in the catalogue: what it is, who sees it, how it looks, which revision it is at.

    `is_registered`: its features are another app's rows (see registry.ModelLayer); otherwise they are Feature rows.
    """

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("private: the department that owns it")
        STAFF = "staff", _("staff")
        PUBLIC = "public", _("public")

    class GeometryType(models.TextChoices):
        POINT = "Point", _("points")
        LINE = "LineString", _("lines")
        POLYGON = "Polygon", _("areas")
        ANY = "Geometry", _("mixed")

    class Group(models.TextChoices):
        BASE = "base", _("Base map")
        PLACES = "places", _("Places")
        LAND = "land", _("Land and property")
        PLANS = "plans", _("City plans")
        NETWORKS = "networks", _("Networks")
        SERVICES = "services", _("Services and facilities")
        ENVIRONMENT = "environment", _("Environment")
        OTHER = "other", _("Other")

    class UpdateFrequency(models.TextChoices):
        CONTINUAL = "continual", _("continual")
        DAILY = "daily", _("daily")
        MONTHLY = "monthly", _("monthly")
        ANNUALLY = "annually", _("annually")
        AS_NEEDED = "asNeeded", _("as needed")
        NOT_PLANNED = "notPlanned", _("not planned")
        UNKNOWN = "unknown", _("unknown")

    slug = models.CharField(
        _("address"), max_length=60, unique=True, validators=[slug_validator], help_text=_("Its id in every interface.")
    )
    is_registered = models.BooleanField(_("kept by an app"), default=False, editable=False)
    title_ar = models.CharField(_("Arabic title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    abstract_ar = models.TextField(_("Arabic abstract"), blank=True)
    abstract_en = models.TextField(_("English abstract"), blank=True)
    keywords = models.CharField(_("keywords"), max_length=300, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="layers", verbose_name=_("owner")
    )
    visibility = models.CharField(
        _("who sees it"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    geometry_type = models.CharField(_("geometry"), max_length=12, choices=GeometryType.choices)

    source = models.CharField(_("source"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    update_frequency = models.CharField(
        _("update frequency"), max_length=12, choices=UpdateFrequency.choices, default=UpdateFrequency.UNKNOWN
    )
    lineage = models.TextField(_("lineage"), blank=True)

    label_field = models.CharField(_("label"), max_length=63, blank=True)
    min_zoom = models.PositiveSmallIntegerField(_("from zoom"), default=0, validators=[MaxValueValidator(22)])
    max_zoom = models.PositiveSmallIntegerField(_("to zoom"), default=22, validators=[MaxValueValidator(22)])
    group = models.CharField(_("subject"), max_length=12, choices=Group.choices, default=Group.OTHER)
    position = models.PositiveIntegerField(_("drawing order"), default=100, help_text=_("Larger is drawn on top."))
    shown_first = models.BooleanField(_("shown when the map opens"), default=False)
    symbology = models.JSONField(_("symbology"), default=dict, blank=True)
    style = models.JSONField(_("MapLibre style layers"), default=list, blank=True)

    revision = models.PositiveBigIntegerField(_("revision"), default=0, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now_add=True)
    feature_count = models.PositiveBigIntegerField(_("features"), default=0, editable=False)
    extent = PolygonField(_("extent"), srid=MUNI_SRID, null=True, editable=False)
    detail_zoom = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text=_("Below it tiles are drawn from coarse features.")
    )
    coarse_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(_("demo data"), default=False)

    objects = LayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("layer")
        verbose_name_plural = _("layers")
        ordering = ["position", "slug", "pk"]
        permissions = [("publish_layer", _("Can publish and withdraw layers"))]
        constraints = [
            models.CheckConstraint(
                name="zoom_range_is_in_order",
                condition=Q(min_zoom__lte=F("max_zoom")),
                violation_error_message=_("The first zoom is beyond the last."),
            ),
            models.CheckConstraint(
                name="planner_layer_has_an_owner", condition=Q(is_registered=True) | Q(department__isnull=False)
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return (self.title_ar if get_language() == "ar" else self.title_en) or self.title_ar

    @property
    def abstract(self):
        return (self.abstract_ar if get_language() == "ar" else self.abstract_en) or self.abstract_ar


class LayerField(models.Model):
    """One attribute of a planner-made layer."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="schema")
    name = models.CharField(_("name"), max_length=63)
    title_ar = models.CharField(_("Arabic title"), max_length=200, blank=True)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    type = models.CharField(_("type"), max_length=8, choices=FieldType.choices, default=FieldType.TEXT)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    required = models.BooleanField(_("required"), default=False)
    searchable = models.BooleanField(_("searched"), default=False)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint("layer", "name", name="attribute_name_is_unique_in_its_layer")]

    def __str__(self):
        return self.name

    @property
    def attribute(self):
        return Attribute(
            name=self.name,
            title_ar=self.title_ar,
            title_en=self.title_en,
            type=FieldType(self.type),
            unit=self.unit,
            required=self.required,
            searchable=self.searchable,
            choices=tuple(Choice(**choice) for choice in self.choices),
        )


class Feature(models.Model):
    """One version of a feature of a planner-made layer, in force for revisions [revision_from, revision_to)."""

    id = models.BigAutoField(primary_key=True)
    layer = models.ForeignKey(Layer, models.CASCADE, related_name="features", db_index=False)
    feature_no = models.BigIntegerField(_("number"), help_text=_("Stays the same through all versions."))
    revision_from = models.PositiveBigIntegerField()
    revision_to = models.PositiveBigIntegerField(null=True)
    attributes = models.JSONField(default=dict)
    geom = GeometryField(srid=MUNI_SRID, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )

    objects = FeatureQuerySet.as_manager()

    class Meta:
        ordering = ["feature_no", "pk"]
        indexes = [
            GistIndex("layer", "geom_3857", name="feature_current_3857", condition=Q(revision_to=None)),
            GistIndex("layer", "geom", name="feature_current_geom", condition=Q(revision_to=None)),
            models.Index("layer", "revision_to", name="feature_closed", condition=Q(revision_to__isnull=False)),
            models.Index("layer", "feature_no", name="feature_past", condition=Q(revision_to__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                "layer", "feature_no", condition=Q(revision_to=None), name="a_feature_has_one_current_version"
            ),
            models.CheckConstraint(
                name="revisions_are_in_order", condition=Q(revision_to=None) | Q(revision_to__gt=F("revision_from"))
            ),
        ]

    def __str__(self):
        return f"{self.layer_id}/{self.feature_no}"


class LayerEvent(models.Model):
    """An act on a layer's place in the catalogue: who did what when. Survives the layer."""

    class Act(models.TextChoices):
        CREATE = "create", _("created")
        CHANGE_SCHEMA = "change_schema", _("attributes changed")
        DESCRIBE = "describe", _("description changed")
        RESTYLE = "restyle", _("style changed")
        PUBLISH = "publish", _("published")
        WITHDRAW = "withdraw", _("withdrawn")
        DELETE = "delete", _("deleted")

    layer = models.ForeignKey(Layer, models.SET_NULL, null=True, related_name="events")
    slug = models.CharField(_("address"), max_length=60)
    act = models.CharField(_("act"), max_length=20, choices=Act.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("act on a layer")
        verbose_name_plural = _("acts on layers")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.slug} {self.act}"

    @property
    def detail(self):
        """The note in the reader's language: to whom a layer was opened or closed."""
        return dict(Layer.Visibility.choices).get(self.note, self.note)


class LayerRevision(models.Model):
    """How a layer reached a revision: when, by whom, and what it did to the features. In force from then on were the
    versions with revision_from <= revision < revision_to."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("import")
        CHANGESET = "changeset", _("changeset")
        SCHEMA = "schema", _("attributes changed")
        STYLE = "style", _("style changed")
        VISIBILITY = "visibility", _("published or withdrawn")
        COARSE = "coarse", _("small scales drawn anew")

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="revisions")
    revision = models.PositiveBigIntegerField(_("revision"))
    kind = models.CharField(_("act"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    changeset = models.UUIDField(_("changeset"), null=True)
    job = models.ForeignKey("ImportJob", models.SET_NULL, null=True, related_name="+", verbose_name=_("import"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    created = models.PositiveBigIntegerField(_("added"), default=0)
    updated = models.PositiveBigIntegerField(_("changed"), default=0)
    deleted = models.PositiveBigIntegerField(_("removed"), default=0)

    class Meta:
        verbose_name = _("revision of a layer")
        verbose_name_plural = _("revisions of layers")
        ordering = ["-revision", "pk"]
        constraints = [models.UniqueConstraint("layer", "revision", name="a_revision_is_reached_once")]

    def __str__(self):
        return f"{self.layer_id}/{self.revision}"

    @property
    def touches_features(self):
        return bool(self.created or self.updated or self.deleted)


class LayerChange(models.Model):
    """A write to a registered layer's table, made by a trigger; bumps the layer's revision at commit."""

    layer_slug = models.CharField(max_length=60)
    revision = models.PositiveBigIntegerField(null=True)
    extent = PolygonField(srid=WEB_MERCATOR, null=True, spatial_index=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.layer_slug} {self.pk}"


class StagedFeature(models.Model):
    """A checked feature on its way in, seen by nobody until services.flip. The table is unlogged: a crash empties it
    and the import starts again from its file."""

    id = models.BigAutoField(primary_key=True)
    batch = models.UUIDField()
    attributes = models.JSONField(default=dict)
    geom = GeometryField(srid=MUNI_SRID, spatial_index=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index("batch", "id", name="staged_in_order")]

    def __str__(self):
        return f"{self.batch}/{self.pk}"


class CoarseFeature(models.Model):
    """What stands for a layer's features on small scales; built by tiles.generalise."""

    id = models.BigAutoField(primary_key=True)
    layer = models.ForeignKey(Layer, models.CASCADE, related_name="coarse_features", db_index=False)
    band = models.PositiveSmallIntegerField(help_text=_("Serves tiles of this zoom and the one before."))
    attributes = models.JSONField(default=dict)
    geom_3857 = GeometryField(srid=WEB_MERCATOR, spatial_index=False)

    class Meta:
        ordering = ["pk"]
        indexes = [GistIndex("layer", "band", "geom_3857", name="coarse_feature_3857")]

    def __str__(self):
        return f"{self.layer_id}/{self.band}/{self.pk}"


class Job(models.Model):
    """Background work on a layer that its owner watches. Its files lie in `folder`, private to it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for your choices")
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    ENDED = (State.DONE, State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    language = models.CharField(max_length=10, default=get_language)
    total = models.PositiveBigIntegerField(_("features"), default=0)
    progress = models.PositiveBigIntegerField(_("done"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return str(self.pk)

    @property
    def folder(self):
        return Path(settings.MEDIA_ROOT) / self.FOLDER / str(self.pk)

    @property
    def has_ended(self):
        return self.state in self.ENDED

    @property
    def percent(self):
        return min(100, 100 * self.progress // self.total) if self.total else 0


class ImportJob(Job):
    """A file on its way into a layer, and afterwards the record of where the layer's features come from."""

    FOLDER = "imports"

    class Mode(models.TextChoices):
        REPLACE = "replace", _("replace all features")
        APPEND = "append", _("add to the features")
        UPSERT = "upsert", _("update by key, add new ones")

    layer = models.ForeignKey(
        Layer, models.SET_NULL, null=True, blank=True, related_name="imports", verbose_name=_("layer")
    )
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("owner"))
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    path = models.CharField(max_length=1000, help_text=_("Where the file lies until the import has ended."))
    facts = models.JSONField(default=list, help_text=_("What the reader found in the file."))
    choices = models.JSONField(default=dict, help_text=_("What the planner chose."))
    batch = models.UUIDField(default=uuid.uuid4, editable=False)

    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, blank=True)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    crs = models.CharField(_("coordinate system"), max_length=300, blank=True)
    transformation = models.CharField(_("transformation"), max_length=500, blank=True)
    accuracy = models.FloatField(_("accuracy (m)"), null=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    read = models.PositiveBigIntegerField(_("read"), default=0)
    kept = models.PositiveBigIntegerField(_("kept"), default=0)
    repaired = models.PositiveBigIntegerField(_("repaired"), default=0)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    notes = models.JSONField(_("notes"), default=list)
    revision = models.PositiveBigIntegerField(_("revision"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="no_row_vanishes", condition=~Q(state="done") | Q(read=F("kept") + F("rejected"))
            )
        ]

    @property
    def reject_file(self):
        return self.folder / "rejected.csv"

    @property
    def repair_file(self):
        return self.folder / "repaired.csv"


class ExportJob(Job):
    """A layer on its way into a file. Without `made_by` it belongs to a visitor's session."""

    FOLDER = "exports"

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="exports", verbose_name=_("layer"))
    layer_revision = models.PositiveBigIntegerField()
    format = models.CharField(_("format"), max_length=10)
    crs = models.CharField(_("coordinate system"), max_length=20)
    box = models.JSONField(_("part"), null=True, help_text=_("west, south, east, north in degrees"))
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    notes = models.JSONField(_("notes"), default=list)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-made_at", "pk"]

    @property
    def file(self):
        return self.folder / self.file_name
