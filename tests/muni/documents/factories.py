import factory
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.utils import timezone

from muni.documents import codes, signing
from muni.documents.models import Issued
from tests.factories import PlaceFactory

FACTS = {
    "unit": 7,
    "place": "بلدية العمارة",
    "since": "2020-01-01",
    "parcels": [
        {
            "number": "12/7",
            "block": "43 الشبانة",
            "lies_in": "العمارة",
            "land_kind": "ملك صرف",
            "land_use": "",
            "area": "800.00",
            "geodesic_area": "800.12",
        }
    ],
    "titles": [
        {
            "kind": "ملكية",
            "since": "2020-01-01",
            "amount": "",
            "reference": "",
            "holders": [{"name": "جاسم محمد اللامي", "share": "1"}],
        }
    ],
    "burdens": [],
    "sources": [],
}


class IssuedFactory(factory.django.DjangoModelFactory):
    """An extract of title, signed, whose file is not a real PDF."""

    class Meta:
        model = Issued

    place = factory.SubFactory(PlaceFactory, municipality=True)
    kind = "property.extract"
    subject_type = factory.LazyFunction(lambda: ContentType.objects.get(app_label="property", model="propertyunit"))
    subject_id = "7"
    code = factory.LazyFunction(codes.new_code)
    number = factory.Sequence("2026/{}".format)
    issued_at = factory.LazyFunction(timezone.now)
    state_since = factory.SelfAttribute("issued_at")
    facts = factory.LazyFunction(lambda: FACTS)
    key = factory.LazyFunction(lambda: signing.current_key()[0])
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7", name="x.pdf"))
    sha256 = "0" * 64

    @factory.lazy_attribute
    def signed(self):
        private = signing.current_key()[1]
        return signing.signed_text(self, private, summary="12/7 / 43", day=timezone.localdate(self.issued_at))
