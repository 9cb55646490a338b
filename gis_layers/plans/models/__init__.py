from gis_layers.plans.models.archives import Archive
from gis_layers.plans.models.consultation import Objection
from gis_layers.plans.models.parts import PlanFeature, PlanPart
from gis_layers.plans.models.plan import Plan, PlanSheet, PlanZone, Provision, Stage, ZoneType

__all__ = [
    "Archive",
    "Objection",
    "Plan",
    "PlanFeature",
    "PlanPart",
    "PlanSheet",
    "PlanZone",
    "Provision",
    "Stage",
    "ZoneType",
]
