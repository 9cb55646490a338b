from rest_framework import serializers


class FamilyMemberSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    parcel_no = serializers.CharField()
    status = serializers.CharField()
    area_m2 = serializers.DecimalField(max_digits=14, decimal_places=2)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)


class DescentSerializer(serializers.Serializer):
    parent = serializers.IntegerField(source="parent_id")
    child = serializers.IntegerField(source="child_id")
    act = serializers.CharField(help_text="split, merge, boundary or error")


class FamilySerializer(serializers.Serializer):
    """Parcels as nodes and descents as arrows; the oldest first."""

    parcels = FamilyMemberSerializer(many=True)
    descents = DescentSerializer(many=True)
