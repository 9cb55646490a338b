import uuid

from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.indexes import GistIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gis_layers.editing.querysets import ChangesetQuerySet, EditQuerySet
from gis_layers.models import Layer
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.places.models import Place


class Changeset(models.Model):
    """A draft of a layer: edits that become the layer's next revision together, after a second person approved them."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        ABANDONED = "abandoned", _("abandoned")

    ENDED = (State.PUBLISHED, State.ABANDONED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    layer = models.ForeignKey(Layer, models.CASCADE, related_name="changesets", verbose_name=_("layer"))
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("place"),
        help_text=_("Of a register without owner: only rows in this place are edited."),
    )
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    base_revision = models.PositiveBigIntegerField(_("revision at the start"), editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("approver"),
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_revision = models.PositiveBigIntegerField(_("published as revision"), null=True, editable=False)
    reverts_revision = models.PositiveBigIntegerField(_("takes back revision"), null=True, editable=False)
    reverts = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="reverted_by", editable=False, verbose_name=_("takes back")
    )

    objects = ChangesetQuerySet.as_manager()

    class Meta:
        verbose_name = _("changeset")
        verbose_name_plural = _("changesets")
        ordering = ["-opened_at", "pk"]
        indexes = [models.Index("layer", "state", name="changesets_of_a_layer")]
        constraints = [
            models.CheckConstraint(
                name="a_published_changeset_has_its_revision",
                condition=Q(state="published", published_revision__isnull=False)
                | ~Q(state="published") & Q(published_revision=None),
            ),
            models.CheckConstraint(
                name="a_second_person_approves", condition=Q(approved_by=None) | ~Q(approved_by=F("opened_by"))
            ),
            models.CheckConstraint(
                name="nothing_is_published_unapproved",
                condition=~Q(state__in=["approved", "published"]) | Q(approved_by__isnull=False),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("editing:review", args=[self.pk])

    @property
    def home(self):
        """The place in which people hold the rights to it: the layer's owner's, or its own; None: superusers'."""
        department = self.layer.department
        return department.place if department else self.place

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def has_ended(self):
        return self.state in self.ENDED


class Edit(models.Model):
    """What a changeset does to one feature: the state it started from (base) and the one it leads to. Without a base
    the feature is new; a deleted one without a base is a tombstone of the draft and counts as nothing."""

    class Op(models.TextChoices):
        CREATE = "create", _("added")
        UPDATE = "update", pgettext_lazy("feature", "changed")
        DELETE = "delete", _("removed")

    id = models.BigAutoField(primary_key=True)
    changeset = models.ForeignKey(Changeset, models.CASCADE, related_name="edits", db_index=False)
    feature_no = models.BigIntegerField(_("number"))
    op = models.CharField(_("act"), max_length=6, choices=Op.choices)
    base_version = models.CharField(max_length=40, null=True)  # noqa: DJ001 null: there was no published state
    base_attributes = models.JSONField(null=True)
    base_geom = GeometryField(srid=MUNI_SRID, null=True, spatial_index=False)
    attributes = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    geom = GeometryField(srid=MUNI_SRID, null=True, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False, null=True),
        db_persist=True,
    )
    version = models.BigIntegerField(help_text=_("From a sequence, so that no state of a draft is taken for another."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now=True)

    objects = EditQuerySet.as_manager()

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        ordering = ["feature_no", "pk"]
        indexes = [GistIndex("changeset", "geom_3857", name="edit_3857")]
        constraints = [
            models.UniqueConstraint("changeset", "feature_no", name="a_changeset_edits_a_feature_once"),
            models.CheckConstraint(
                name="an_edit_has_the_states_of_its_act",
                condition=Q(op="create", base_version=None, geom__isnull=False, attributes__isnull=False)
                | Q(op="update", base_version__isnull=False, geom__isnull=False, attributes__isnull=False)
                | Q(op="delete", geom=None, attributes=None),
            ),
        ]

    def __str__(self):
        return f"{self.changeset_id}/{self.feature_no}"


class DraftFeature(models.Model):
    """The layer as it would be with the changeset, for planner-made layers: a view over edits and published features.
    `version`: token of that state, "e…" when edited and "p…" when not."""

    feature_no = models.BigIntegerField(primary_key=True)
    changeset = models.ForeignKey(Changeset, models.DO_NOTHING, related_name="+")
    layer = models.ForeignKey(Layer, models.DO_NOTHING, related_name="+")
    attributes = models.JSONField()
    geom = GeometryField(srid=MUNI_SRID)
    geom_3857 = GeometryField(srid=WEB_MERCATOR)
    version = models.TextField()
    edit = models.TextField(null=True)  # noqa: DJ001 not a column: null says that nothing was edited

    class Meta:
        managed = False
        db_table = "editing_draftfeature"
        ordering = ["feature_no"]

    def __str__(self):
        return f"{self.changeset_id}/{self.feature_no}"


class Gesture(models.Model):
    """One thing that somebody did in the editor, with the answer it got: sent again, it gets the same one."""

    id = models.BigAutoField(primary_key=True)
    changeset = models.ForeignKey(Changeset, models.CASCADE, related_name="gestures", db_index=False)
    key = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    answer = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("changeset", "key", name="a_gesture_is_applied_once")]

    def __str__(self):
        return str(self.key)


class Comment(models.Model):
    """A remark on a changeset, or on one feature of it."""

    changeset = models.ForeignKey(Changeset, models.CASCADE, related_name="comments")
    feature_no = models.BigIntegerField(_("feature"), null=True, blank=True)
    text = models.TextField(_("comment"), max_length=4000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["at", "pk"]

    def __str__(self):
        return self.text[:60]
