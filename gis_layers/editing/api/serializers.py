"""What the editor sends and gets; GeoJSON in longitude, latitude with nine decimals."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gis_layers.api.serializers import FeatureSerializer, GeometryField
from gis_layers.editing.counts import counts
from gis_layers.editing.findings import blocking, said
from gis_layers.editing.geojson import in_degrees
from gis_layers.editing.gestures import OPS
from gis_layers.editing.models import Changeset, Comment
from gis_layers.editing.published import wkb
from gis_layers.editing.services import ACTS, may
from gis_layers.models import Layer
from muni.places.models import Place

BIGGEST = 2**63 - 1


class PersonField(serializers.CharField):
    """A person by the name that colleagues read."""

    def to_representation(self, user):
        return user.display_name


class NewChangesetSerializer(serializers.Serializer):
    layer = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Layer.objects.none(),
        error_messages={"does_not_exist": _("There is no layer “{value}” that you may edit.")},
    )
    place = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Place.objects.none(),
        error_messages={"does_not_exist": _("You hold no office in a place “{value}”.")},
        required=False,
        allow_null=True,
        default=None,
        help_text="Code of the place whose rows of a register are edited; by default that of your office.",
    )
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)

    def __init__(self, *args, layers=None, places=None, **kwargs):
        super().__init__(*args, **kwargs)
        if layers is not None:
            self.fields["layer"].queryset = layers
            self.fields["place"].queryset = places


class ChangesetSerializer(serializers.ModelSerializer):
    """A changeset in a list."""

    layer = serializers.CharField(source="layer.slug")
    place = serializers.CharField(
        source="place.code", allow_null=True, default=None, help_text="Only rows in this place are edited; null: all."
    )
    state = serializers.CharField(help_text="open, submitted, approved, published or abandoned.")
    opened_by = PersonField()
    approved_by = PersonField(allow_null=True)

    class Meta:
        model = Changeset
        fields = [
            "id",
            "layer",
            "place",
            "title",
            "description",
            "state",
            "opened_by",
            "opened_at",
            "base_revision",
            "submitted_at",
            "approved_by",
            "published_at",
            "published_revision",
            "reverts_revision",
        ]


class CountsSerializer(serializers.Serializer):
    """Features that the changeset adds, changes and removes; conflicts with what others published; findings that block
    its publication."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    deleted = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    blocking = serializers.IntegerField(allow_null=True, help_text="null: not looked at; the changeset itself says it.")


class ChangesetDetailSerializer(ChangesetSerializer):
    counts = serializers.SerializerMethodField()
    may = serializers.SerializerMethodField(help_text="What you may do with it now.")

    class Meta(ChangesetSerializer.Meta):
        fields = [*ChangesetSerializer.Meta.fields, "counts", "may"]

    @extend_schema_field(CountsSerializer)
    def get_counts(self, changeset):
        return counts(changeset, len(blocking(changeset)))

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_may(self, changeset):
        return may(self.context["request"].user, changeset)


class EditSerializer(serializers.Serializer):
    """create: key, geometry, properties. update: id, version, and what changes. delete: id, version. restore: id."""

    op = serializers.ChoiceField(choices=OPS)
    key = serializers.CharField(required=False, max_length=100, help_text="The client's own name of a new feature.")
    id = serializers.IntegerField(required=False, min_value=-BIGGEST, max_value=BIGGEST)
    version = serializers.CharField(required=False, max_length=60)
    geometry = GeometryField(required=False, allow_null=True)
    properties = serializers.DictField(required=False, help_text="Only the named attributes change.")

    def validate(self, edit):
        needed = {"create": ["geometry"], "update": ["id", "version"], "delete": ["id", "version"], "restore": ["id"]}
        lacking = [name for name in needed[edit["op"]] if edit.get(name) is None]
        if lacking:
            field = serializers.Field()
            raise serializers.ValidationError({name: field.error_messages["required"] for name in lacking})
        return edit


class GestureSerializer(serializers.Serializer):
    """Applied whole or not at all; the same uuid again answers the same without a second effect."""

    gesture = serializers.UUIDField()
    edits = EditSerializer(many=True, allow_empty=False)


class EditedSerializer(serializers.Serializer):
    key = serializers.CharField(required=False)
    id = serializers.IntegerField()
    version = serializers.CharField(allow_null=True, help_text="null: the feature is not in the draft any more.")
    edit = serializers.CharField(allow_null=True, help_text="create, update, delete; null: not edited.")


class GestureAnswerSerializer(serializers.Serializer):
    gesture = serializers.UUIDField()
    features = EditedSerializer(many=True)
    counts = CountsSerializer()


class DraftFeatureSerializer(FeatureSerializer):
    type = serializers.CharField(help_text="Feature")
    version = serializers.CharField(help_text="To be sent with the next edit of the feature.")
    edit = serializers.CharField(allow_null=True, help_text="create, update; null: not edited.")


class DraftCollectionSerializer(serializers.Serializer):
    type = serializers.CharField(help_text="FeatureCollection")
    count = serializers.IntegerField(
        allow_null=True, help_text="How many match; on the first page where attributes are asked for, else null."
    )
    next = serializers.URLField(allow_null=True, help_text="The next page.")
    features = DraftFeatureSerializer(many=True)
    deleted = serializers.ListField(child=serializers.IntegerField(), help_text="Removed by the draft, in the box.")
    truncated = serializers.BooleanField(help_text="There are more features in the box than the limit.")


class StateSerializer(serializers.Serializer):
    geometry = GeometryField()
    properties = serializers.DictField()


class ChangeSerializer(serializers.Serializer):
    """base: where the edit started. mine: where it leads. theirs: what is published now. null: not there."""

    id = serializers.IntegerField()
    op = serializers.CharField(help_text="create, update or delete.")
    changed = serializers.ListField(child=serializers.CharField())
    conflicts = serializers.ListField(child=serializers.CharField())
    base = StateSerializer(allow_null=True)
    mine = StateSerializer(allow_null=True)
    theirs = StateSerializer(allow_null=True)


class ChangesSerializer(serializers.Serializer):
    changes = ChangeSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class ResolutionSerializer(serializers.Serializer):
    """choices: for each conflicting field "mine", "theirs" or {"value": …}; "feature" where one side removed it."""

    id = serializers.IntegerField(min_value=-BIGGEST, max_value=BIGGEST)
    choices = serializers.DictField(child=serializers.JSONField())


class FindingSerializer(serializers.Serializer):
    """What a quality rule says of the draft."""

    layer = serializers.CharField(
        source="rule.layer.slug", help_text="Whose rule it is: this layer or one that leans on it."
    )
    id = serializers.IntegerField(
        source="feature_no", allow_null=True, help_text="The feature; null: a gap, or one that you may not see."
    )
    other = serializers.IntegerField(source="other_no", allow_null=True, help_text="The second feature.")
    rule = serializers.CharField(help_text="The rule in words.")
    severity = serializers.CharField(help_text="blocking, warning or note.")
    waived = serializers.BooleanField(help_text="An exception covers it.")
    message = serializers.SerializerMethodField()
    geometry = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField())
    def get_message(self, finding):
        return said(finding, self.context["changeset"])

    @extend_schema_field(GeometryField(allow_null=True))
    def get_geometry(self, finding):
        return finding.geom and in_degrees(wkb(finding.geom), self.context["to_degrees"])


class ActSerializer(serializers.Serializer):
    act = serializers.ChoiceField(choices=list(ACTS))
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4_000)


class NewCommentSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=4_000)
    id = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=BIGGEST, help_text="A feature."
    )


class CommentSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="feature_no", allow_null=True, help_text="The feature that it is about.")
    by = PersonField()

    class Meta:
        model = Comment
        fields = ["id", "text", "by", "at"]
