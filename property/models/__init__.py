from property.models.cases import Case, Hold, Source, Step
from property.models.citizens import CitizenRequest, CounterCode, Identification, Look
from property.models.land import Block, Building, BuildingUnit, Descent, Parcel
from property.models.pending import PendingParcel
from property.models.rights import GroupMember, Party, Right, Share
from property.models.surveys import Survey, SurveyRow
from property.models.units import PropertyUnit

__all__ = [
    "Block",
    "Building",
    "BuildingUnit",
    "Case",
    "CitizenRequest",
    "CounterCode",
    "Descent",
    "GroupMember",
    "Hold",
    "Identification",
    "Look",
    "Parcel",
    "Party",
    "PendingParcel",
    "PropertyUnit",
    "Right",
    "Share",
    "Source",
    "Step",
    "Survey",
    "SurveyRow",
]
