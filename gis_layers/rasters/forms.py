from django import forms
from django.utils.translation import gettext_lazy as _

from gis_layers.access import departments_for_new_layers
from gis_layers.models import Layer
from gis_layers.rasters.models import RasterSheet


class SheetForm(forms.ModelForm):
    class Meta:
        model = RasterSheet
        fields = ["title_ar", "title_en", "source", "licence"]
        help_texts = {"source": _("Who made the picture and when.")}
        widgets = {"title_en": forms.TextInput(attrs={"dir": "ltr"})}


class NewSheetForm(SheetForm):
    """What is said of a sheet before its file goes on its way; the script sends both."""

    class Meta(SheetForm.Meta):
        fields = ["title_ar", "title_en", "department", "source", "licence"]

    file = forms.FileField(
        label=_("GeoTIFF"),
        help_text=_("With its coordinate system, 500 MB at most. If the line breaks, the upload goes on where it was."),
        widget=forms.FileInput(attrs={"accept": ".tif,.tiff,image/tiff"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        departments = departments_for_new_layers(user)
        self.fields["department"].queryset = departments
        self.fields["department"].label_from_instance = lambda d: f"{d.name} · {d.place.name}"
        if len(departments) == 1:
            self.fields["department"].initial = departments[0]


class AnnouncementForm(NewSheetForm):
    """The same as the script announces it: the file's name and size stand for the file."""

    file = None
    file_name = forms.CharField(max_length=255)
    file_size = forms.IntegerField(min_value=0)


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(
        label=_("Who sees the sheet"), choices=Layer.Visibility.choices, widget=forms.RadioSelect
    )
