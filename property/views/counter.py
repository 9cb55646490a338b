"""What officials do for holders: the card of a person, joining an account to it, and requests."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_layers.plans.forms import posted, tell
from muni.core.errors import DomainError
from property import access
from property.holder_forms import AnswerForm, IdentifyForm
from property.models import CitizenRequest, Identification, Look, Parcel, Party, PropertyUnit, Right
from property.services import citizens, looks


def card_page(request, pk):
    """A card of the register with what it holds, and the account that it is joined to."""
    party = get_object_or_404(Party.objects.visible_to(request.user).select_related("place"), pk=pk)
    may_join = access.can_prepare(request.user, party.place)
    form = IdentifyForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            citizens.identify(party, code=told["code"], identifier=told["identifier"], by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The account is joined to this card."))
            return redirect("property:card", pk)
    rights = Right.objects.visible_to(request.user).in_force().filter(shares__party=party).select_related("unit__place")
    looks.note(
        request.user,
        PropertyUnit.objects.filter(pk__in=rights.values("unit")).select_related("place"),
        Look.Purpose.CARD,
    )
    parcels = Parcel.objects.current().filter(unit__in=rights.values("unit")).defer("geom", "geom_3857")
    context = {
        "party": party,
        "joined": party.identifications.standing().select_related("confirmed_by").first(),
        "may_join": may_join and party.kind == Party.Kind.PERSON,
        "form": form,
        "members": [row.member for row in party.memberships.select_related("member")],
        "groups": party.groups.order_by("name", "pk"),
        "parcels": parcels.order_by("block_no", "parcel_no", "pk"),
    }
    return render(request, "property/card.html", context)


@require_POST
def part(request, pk):
    """The account is no longer that of the card."""
    joined = get_object_or_404(Identification.objects.visible_to(request.user), pk=pk)
    try:
        citizens.end_identification(joined, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The account no longer sees what this card holds."))
    return redirect("property:card", joined.party_id)


def request_page(request, pk):
    """A request of a holder: the office answers it, or opens a case for it."""
    rows = CitizenRequest.objects.visible_to(request.user).select_related("unit__place", "case", "paper", "answered_by")
    asked = get_object_or_404(rows, pk=pk)
    issuing = "issue" in request.POST
    form = AnswerForm() if issuing else AnswerForm(*posted(request))
    if request.method == "POST" and not access.can_prepare(request.user, asked.unit.place):
        raise PermissionDenied
    if request.method == "POST" and (issuing or form.is_valid()):
        try:
            if issuing:
                citizens.issue_extract(asked, by=request.user)
            else:
                citizens.answer(asked, text=form.cleaned_data["answer"], by=request.user)
        except DomainError as error:
            if issuing:
                messages.error(request, error.message)
            else:
                tell(form, error)
        else:
            messages.success(request, _("The holder was told."))
            return redirect("property:desk")
    looks.note(request.user, [asked.unit], Look.Purpose.REQUEST)
    own = Party.objects.visible_to(request.user).filter(
        identifications__user=asked.sent_by_id, identifications__ended_at=None
    )
    context = {
        "asked": asked,
        "form": form,
        "persons": own,
        "parcels": asked.unit.parcels.recorded().defer("geom", "geom_3857"),
        "may_issue": access.can_issue(request.user, asked.unit.place),
        "may_answer": access.can_prepare(request.user, asked.unit.place) and asked.state == CitizenRequest.State.SENT,
    }
    return render(request, "property/request.html", context)
