import pytest
from django import forms


class Plan(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the deed")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    use = forms.ChoiceField(label="Use", choices=[("a", "A")], required=False)
    agreed = forms.BooleanField(label="Agreed", widget=forms.CheckboxInput(attrs={"class": "own"}))

    def clean(self):
        raise forms.ValidationError("The plan is closed.")


@pytest.fixture
def drawn(settings):
    return str(Plan({}))


def test_the_summary_links_each_error_to_its_field(drawn):
    assert '<a href="#id_name">Name: ' in drawn
    assert '<a href="#id_agreed">Agreed: ' in drawn
    assert "The plan is closed." in drawn


def test_a_group_of_choices_is_linked_by_its_first_choice(drawn):
    assert '<a href="#id_kind_0">Kind: ' in drawn
    assert 'id="id_kind_0"' in drawn


def test_hint_and_error_are_tied_to_the_field(drawn):
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert 'id="id_name_error"' in drawn


def test_widgets_wear_our_classes_beside_their_own(drawn):
    assert 'class="form-control is-invalid"' in drawn
    assert 'class="form-select"' in drawn
    assert 'class="own form-check-input is-invalid"' in drawn


def test_an_untouched_form_has_no_summary():
    assert "error-summary" not in str(Plan())
