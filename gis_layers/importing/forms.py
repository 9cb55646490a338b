"""What the planner says about a file before it is imported."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_layers.access import departments_for_new_layers
from gis_layers.fields import FieldType
from gis_layers.importing import crs
from gis_layers.importing.attributes import Column, columns_for
from gis_layers.models import ImportJob, Layer, slug_validator
from gis_layers.services import RESERVED

ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("cp1256", gettext_lazy("Windows Arabic (cp1256)")),
    ("iso8859-6", gettext_lazy("ISO Arabic (ISO-8859-6)")),
    ("cp720", gettext_lazy("DOS Arabic (cp720)")),
    ("cp1252", gettext_lazy("Windows Western (cp1252)")),
    ("cp1254", gettext_lazy("Windows Turkish (cp1254)")),
    ("utf-16", "UTF-16"),
]


TITLES = {"ESRI Shapefile": "Shapefile", "GPKG": "GeoPackage", "LIBKML": "KML", "OpenFileGDB": "File Geodatabase"}
"""What people call the formats that GDAL calls otherwise."""

NEEDED = {"new": ("title_ar", "slug", "department"), "existing": ("layer", "mode")}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(
            attrs={"accept": ".zip,.gpkg,.geojson,.json,.fgb,.parquet,.kml,.kmz,.dxf,.csv,.gpx,.gml,.topojson"}
        ),
    )


class ChoicesForm(forms.Form):
    """Everything but the columns, which have their own rows. What a file settles itself is filled in."""

    sublayer = forms.ChoiceField(label=gettext_lazy("Layer in the file"))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding of the text"), choices=ENCODINGS)
    crs = forms.CharField(
        label=gettext_lazy("Coordinate system"),
        help_text=gettext_lazy("Its EPSG code; begin to type its name to find it."),
        widget=forms.TextInput(attrs={"list": "known-crs", "dir": "ltr", "autocomplete": "off"}),
    )
    target = forms.ChoiceField(
        label=gettext_lazy("Where to"),
        choices=[("new", gettext_lazy("a new layer")), ("existing", gettext_lazy("an existing layer"))],
        widget=forms.RadioSelect,
    )
    title_ar = forms.CharField(label=gettext_lazy("Arabic title"), max_length=200, required=False)
    title_en = forms.CharField(
        label=gettext_lazy("English title"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=60,
        required=False,
        validators=[slug_validator],
        help_text=gettext_lazy("Its id in every interface: lower-case Latin letters, digits, - and _."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    department = forms.ModelChoiceField(None, label=gettext_lazy("Owner"), required=False)
    layer = forms.ModelChoiceField(None, label=gettext_lazy("Existing layer"), required=False, to_field_name="slug")
    mode = forms.ChoiceField(
        label=gettext_lazy("What happens to its features"), choices=ImportJob.Mode.choices, required=False
    )
    key = forms.ChoiceField(
        label=gettext_lazy("Key"),
        required=False,
        help_text=gettext_lazy("The column that tells features apart, for updating."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Who made the data and when."),
    )
    licence = forms.CharField(label=gettext_lazy("Licence"), max_length=200, required=False)

    def __init__(self, *args, job, user, **kwargs):
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["sublayer"].choices = [(f["name"], f"{f['name']} ({f['count']})") for f in job.facts]
        fields["department"].queryset = departments_for_new_layers(user)
        fields["department"].label_from_instance = lambda d: f"{d.name} · {d.place.name}"
        fields["layer"].queryset = Layer.objects.manageable_by(user).filter(is_registered=False)
        fields["layer"].label_from_instance = str
        self.facts = next((f for f in job.facts if f["name"] == self._now("sublayer")), job.facts[0])
        fields["key"].choices = [("", "")] + [(f["name"], f["name"]) for f in self.facts["fields"]]
        for name in NEEDED.get(self._now("target"), ()):
            fields[name].required = True
        for name, empty in (("sublayer", len(job.facts) < 2), ("encoding", not self.facts["encoding"])):
            if empty:
                del fields[name]
        if "encoding" in fields and self.facts["encoding"]["name"] not in dict(ENCODINGS):
            found = self.facts["encoding"]["name"]
            fields["encoding"].choices = [(found, found), *ENCODINGS]

    def _now(self, name):
        return self.data.get(name) if self.is_bound else self.initial.get(name)

    def clean_crs(self):
        return crs.code_of(crs.parse(self.cleaned_data["crs"].split(" ")[0]))

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if self._now("target") == "new" and (slug in RESERVED or Layer.objects.filter(slug=slug).exists()):
            raise forms.ValidationError(_("This address is taken. Choose another one."))
        return slug

    def clean(self):
        data = super().clean()
        if data.get("target") == "existing" and data.get("mode") == ImportJob.Mode.UPSERT and not data.get("key"):
            self.add_error("key", _("Updating needs a key."))
        return data


class ColumnForm(forms.Form):
    keep = forms.BooleanField(required=False)
    name = forms.RegexField(
        r"^[^\W\d]\w{0,62}$",
        error_messages={"invalid": gettext_lazy("Letters, digits and _, a letter first.")},
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    type = forms.ChoiceField(choices=FieldType.choices)
    title_ar = forms.CharField(max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "rtl"}))
    title_en = forms.CharField(max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "ltr"}))

    LABELS = {
        "keep": gettext_lazy("Take over “%s”"),
        "name": gettext_lazy("Name of “%s”"),
        "type": gettext_lazy("Type of “%s”"),
        "title_ar": gettext_lazy("Arabic title of “%s”"),
        "title_en": gettext_lazy("English title of “%s”"),
    }

    def __init__(self, *args, column, example="", **kwargs):
        super().__init__(*args, initial=column.as_json(), use_required_attribute=False, **kwargs)
        self.column, self.example = column, example
        for name, label in self.LABELS.items():
            self.fields[name].widget.attrs["aria-label"] = label % column.source
        if not column.new:
            for name in ("name", "type", "title_ar", "title_en"):
                self.fields[name].disabled = True

    def result(self):
        data = self.cleaned_data
        return Column(
            self.column.source,
            data["name"],
            data["type"],
            data["title_ar"],
            data["title_en"],
            data["keep"],
            self.column.new,
        )


def column_forms(facts, layer, data=None):
    """A ColumnForm for each column of a sublayer, matched with an existing layer's attributes."""
    first = facts["head"][0][1:] if facts["head"] else []
    return [
        ColumnForm(
            data,
            column=column,
            prefix=f"column-{position}",
            example="" if position >= len(first) or first[position] is None else first[position],
        )
        for position, column in enumerate(columns_for(facts["fields"], layer))
    ]


def names_are_unlike(rows):
    """Marks kept columns whose name occurs twice; True when there are none."""
    seen, fine = set(), True
    for row in rows:
        if not row.cleaned_data.get("keep"):
            continue
        name = row.cleaned_data.get("name")
        if name in seen:
            row.add_error("name", _("Two columns have this name."))
            fine = False
        seen.add(name)
    return fine
