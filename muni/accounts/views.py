import segno
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from muni.accounts import second_factor, services
from muni.accounts.forms import (
    CodeForm,
    KeyForm,
    PasswordChangeForm,
    PasswordResetForm,
    ProfileForm,
    SetPasswordForm,
    SignInForm,
)
from muni.accounts.second_factor import TooManyCodes


class SignIn(views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        user = form.get_user()
        if second_factor.device_of(user) is None:
            return super().form_valid(form)
        second_factor.hold(self.request, user, self.get_success_url())
        return redirect("accounts:code")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def code(request):
    """The second step of signing in."""
    held = second_factor.held(request)
    if held is None:
        messages.info(request, _("Sign in again: the code was not entered in time."))
        return redirect("accounts:login")
    user, next_url = held
    form = CodeForm(request.POST or None)
    device = _checked_code(form, user, second_factor.device_of(user))
    if device:
        second_factor.sign_in(request, user, device)
        return HttpResponseRedirect(next_url)
    return render(request, "accounts/code.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def account(request):
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your details are saved."))
        return redirect("accounts:account")
    if form.errors:
        request.user.refresh_from_db()
    return render(
        request,
        "accounts/account.html",
        {
            "form": form,
            "memberships": request.user.memberships.current().select_related("role", "department__place"),
            "keys": request.user.api_keys.usable(),
            "device": second_factor.device_of(request.user),
        },
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_key(request):
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = services.make_key(request.user, name=form.cleaned_data["name"], expires_at=form.expires_at)
        except services.TooManyKeys as error:
            form.add_error(None, error.message)
        else:
            return render(request, "accounts/key_made.html", {"key": key, "secret": secret})
    return render(request, "accounts/key_new.html", {"form": form})


@require_POST
def revoke_key(request, pk):
    key = services.revoke_key(get_object_or_404(request.user.api_keys, pk=pk), by=request.user)
    messages.success(request, _("The key “%(name)s” opens nothing any more.") % {"name": key.name})
    return redirect(reverse("accounts:account") + "#keys")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up_second_factor(request):
    if second_factor.device_of(request.user):
        return redirect("accounts:account")
    device = second_factor.device_to_confirm(request.user)
    form = CodeForm(request.POST or None, hint=_("Six digits that the app shows now."))
    if _checked_code(form, request.user, device):
        codes = services.set_up_second_factor(request, device)
        return render(request, "accounts/recovery_codes.html", {"codes": codes})
    drawing = segno.make(device.config_url, micro=False).svg_inline(scale=5, border=2, light="white")
    context = {
        "form": form,
        "qr": mark_safe(drawing),  # noqa: S308  segno drew it: squares, no text
        "secret": device.config_url.partition("secret=")[2].partition("&")[0],
        "needed": second_factor.is_due(request),
    }
    return render(request, "accounts/second_factor.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def renew_recovery_codes(request):
    return _after_code(
        request,
        _("New recovery codes"),
        _("The codes you kept until now stop working."),
        lambda: render(request, "accounts/recovery_codes.html", {"codes": services.renew_recovery_codes(request.user)}),
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def remove_second_factor(request):
    def done():
        services.remove_second_factor(request.user, by=request.user)
        messages.success(request, _("From now on only your password is asked."))
        return redirect("accounts:account")

    return _after_code(
        request, _("Sign in without a code"), _("Your account will be protected by the password alone."), done
    )


def _after_code(request, title, text, done):
    """A page that asks for a code once more before the act `done`."""
    device = second_factor.device_of(request.user)
    if device is None:
        return redirect("accounts:account")
    form = CodeForm(request.POST or None)
    if _checked_code(form, request.user, device):
        return done()
    return render(request, "accounts/confirm_by_code.html", {"form": form, "title": title, "text": text})


def _checked_code(form, user, device):
    """The device that accepted the form's code; else None, and the form says why."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        accepted = second_factor.verify(user, device, form.cleaned_data["code"])
    except TooManyCodes as error:
        form.add_error("code", error.message)
        return None
    if accepted is None:
        form.add_error("code", _("This code is not right. Check the time on your telephone and use the newest code."))
    return accepted


class PasswordChange(views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = PasswordChangeForm
    success_url = reverse_lazy("accounts:account")

    def form_valid(self, form):
        messages.success(self.request, _("Your password is changed. Other devices are signed out."))
        return super().form_valid(form)


class PasswordReset(views.PasswordResetView):
    template_name = "accounts/reset.html"
    form_class = PasswordResetForm
    email_template_name = "accounts/reset_letter.txt"
    subject_template_name = "accounts/reset_subject.txt"
    success_url = reverse_lazy("accounts:reset-sent")


class PasswordResetConfirm(views.PasswordResetConfirmView):
    template_name = "accounts/reset_confirm.html"
    form_class = SetPasswordForm
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form):
        messages.success(self.request, _("Your password is changed. Sign in with the new one."))
        return super().form_valid(form)


class PasswordResetSent(views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"
