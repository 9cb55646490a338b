from datetime import datetime, time, timedelta

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from muni.accounts.models import ApiKey, User
from muni.notices.models import Message
from muni.notices.services import send_email

RESET_PAUSE = timedelta(minutes=5)


class SignInForm(auth_forms.AuthenticationForm):
    """`username` takes the telephone number too, however written."""

    error_messages = {
        "invalid_login": _("The user name or the password is wrong."),
        "inactive": _("The user name or the password is wrong."),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name or telephone number")
        self.fields["username"].widget.attrs["dir"] = "auto"

    def clean_username(self):
        typed = self.cleaned_data["username"]
        user = User.objects.named(typed).first()
        return user.username if user else typed


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "dir": "ltr", "class": "code-input"}
        ),
    )

    def __init__(self, *args, hint=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = hint or _("Six digits from the app on your telephone, or a recovery code.")


class _PlainHelp:
    """Django's list of password rules as sentences: our hint is a paragraph."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())


class PasswordChangeForm(_PlainHelp, auth_forms.PasswordChangeForm):
    pass


class SetPasswordForm(_PlainHelp, auth_forms.SetPasswordForm):
    pass


class PasswordResetForm(auth_forms.PasswordResetForm):
    """One letter in five minutes for an address, carrying the address that PUBLIC_URL names and not the Host header."""

    def save(self, **kwargs):
        scheme, _slashes, host = settings.PUBLIC_URL.rstrip("/").partition("://")
        super().save(**{**kwargs, "domain_override": host, "use_https": scheme == "https"})

    def send_mail(self, subject_template_name, email_template_name, context, from_email, to_email, **kwargs):
        """Through the outbox: how long the answer takes must not tell whether the address is known."""
        lately = timezone.now() - RESET_PAUSE
        letters = Message.objects.filter(way=Message.Way.EMAIL, is_secret=True, made_at__gt=lately)
        if letters.filter(address__iexact=to_email).exists():
            return
        subject = render_to_string(subject_template_name, context)
        send_email(to_email, subject=subject, text=render_to_string(email_template_name, context), is_secret=True)


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        }
        help_texts = {"email": _("Where we send the link when you forget your password.")}


class KeyForm(forms.ModelForm):
    days = forms.ChoiceField(
        label=_("Valid for"),
        choices=[("30", _("30 days")), ("365", _("a year")), ("always", _("until it is revoked"))],
        initial="365",
    )

    class Meta:
        model = ApiKey
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    @property
    def expires_at(self):
        """The end of the last day, or None."""
        days = self.cleaned_data["days"]
        if days == "always":
            return None
        last_day = timezone.localdate() + timedelta(days=int(days))
        return timezone.make_aware(datetime.combine(last_day, time.max))
