"""Telling people: notices inside the system, letters and SMS through the outbox, codes that prove a telephone."""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from zlib import crc32

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.notices import gateways
from muni.notices.models import Message, Notice, PhoneCode
from muni.notices.tasks import deliver

log = logging.getLogger("muni.notices")

MAX_ATTEMPTS = 8
CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_ATTEMPTS = 5
CODES_FOR_A_PHONE = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
CODES_FROM_AN_ADDRESS = ((timedelta(hours=1), 30), (timedelta(days=1), 100))
"""(within, how many). A mobile network hides many telephones behind one address."""

_PHONES = 0x70_68_6F  # class of the advisory locks that keep two requests for one telephone apart


class TooManyCodes(DomainError):
    code = "too_many_codes"
    status = 429


@transaction.atomic
def notify(users, *, title, text="", url="", by_letter=True):
    """Tells each of the users once, in the system and by letter where an e-mail address is known.

    title, text: str, a lazy translation, or a callable that gives the sentence in the language active when it is
    called: `lambda: _("Plan %s was published.") % number`. url: a path of ours, "/plans/7/".
    """
    words = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words[language] = {"title": _said(title), "text": _said(text)}
    said = words[settings.LANGUAGE_CODE]
    users = list({user.pk: user for user in users if user.is_active}.values())
    Notice.objects.bulk_create(Notice(user=user, words=words, url=url) for user in users)
    link = settings.PUBLIC_URL.rstrip("/") + url if url else ""
    for user in users:
        if by_letter and user.email:
            body = "\n\n".join(filter(None, [said["title"], said["text"], link]))
            send_email(user.email, subject=said["title"], text=body)


@transaction.atomic
def send_email(address, *, subject, text, is_secret=False):
    """Puts a letter into the outbox. is_secret: its text is erased once it has gone."""
    _queue(
        way=Message.Way.EMAIL, address=address, subject=" ".join(subject.split())[:300], text=text, is_secret=is_secret
    )


@transaction.atomic
def send_sms(phone, text):
    """Puts an SMS into the outbox. phone: as normal_phone() gives it."""
    _queue(way=Message.Way.SMS, address=phone, text=str(text))


@transaction.atomic
def send_code(phone, *, purpose, address):
    """Sends a code to the telephone; earlier ones for the same purpose no longer count.

    purpose: what it is for, "plans.objection". address: where the request came from (client_address).
    Raises TooManyCodes.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PHONES, crc32(phone.encode()) & 0x7FFF_FFFF])
    sent = PhoneCode.objects.all()
    for codes, limits in (
        (sent.filter(phone=phone), CODES_FOR_A_PHONE),
        (sent.filter(address=address), CODES_FROM_AN_ADDRESS),
    ):
        for within, number in limits:
            if codes.filter(made_at__gt=now - within).count() >= number:
                raise TooManyCodes(
                    _("A code was sent a short while ago. Wait a minute; after several codes, wait longer.")
                )
    PhoneCode.objects.filter(made_at__lt=now - timedelta(days=1)).delete()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    PhoneCode.objects.create(phone=phone, purpose=purpose, address=address, digest=_digest(phone, purpose, code))
    text = _("%(code)s is your code for the municipality's site. It is valid for ten minutes. Give it to nobody.")
    _queue(way=Message.Way.SMS, address=phone, text=text % {"code": code}, is_secret=True)


@transaction.atomic(durable=True)
def check_code(phone, code, *, purpose):
    """Whether this is the latest code sent to the telephone for that purpose; a code serves once.

    Counts wrong guesses, so it commits by itself: never call it inside a transaction.
    """
    found = PhoneCode.objects.select_for_update(of=("self",)).filter(phone=phone, purpose=purpose).first()
    if found is None or found.used_at or found.attempts >= CODE_ATTEMPTS or found.made_at < timezone.now() - CODE_LIFE:
        return False
    found.attempts += 1
    is_right = hmac.compare_digest(found.digest, _digest(phone, purpose, code))
    if is_right:
        found.used_at = timezone.now()
    found.save(update_fields=["attempts", "used_at"])
    return is_right


def mark_read(notices):
    """notices: a QuerySet of the reader's own."""
    notices.unread().update(read_at=timezone.now())


@transaction.atomic
def attempt(message_id):
    """Sends a queued message, or puts it off; nothing when it has gone, or another worker is at it.

    A worker killed between the sending and the note of it sends twice: the receiver tells by the same Message-ID or
    reference.
    """
    message = Message.objects.queued().select_for_update(of=("self",), skip_locked=True).filter(pk=message_id).first()
    if message is None:
        return
    message.attempts += 1
    message.error = ""
    try:
        _send(message)
        message.state, message.sent_at = Message.State.SENT, timezone.now()
    except (gateways.GatewayRefusal, SMTPRecipientsRefused) as error:
        message.error = str(error)[:300]
        _give_up(message)
    except Exception as error:
        # OSError where the line or the gateway fails, anything where a letter cannot be written: none may stay behind.
        if not isinstance(error, OSError):
            log.exception("Message %s could not be sent", message.pk)
        message.error = str(error)[:300] or type(error).__name__
        _try_later(message)
    _save(message)


@transaction.atomic
def put_off(message_id):
    """A message on whose job workers died: it counts as an attempt that failed."""
    message = Message.objects.queued().select_for_update(of=("self",)).filter(pk=message_id).first()
    if message is None:
        return
    message.attempts += 1
    message.error = _("The worker died while it sent this.")
    _try_later(message)
    _save(message)


@transaction.atomic
def revive():
    """Queues the jobs of messages that wait without one, after a database was restored or jobs were cleared away."""
    for message in Message.objects.left_behind().select_for_update(of=("self",), skip_locked=True):
        deliver.enqueue(message.pk)


@transaction.atomic
def try_again(message, *, by):
    """An administrator lets a message that was given up be sent anew. Raises Forbidden, BadRequest."""
    if not Message.objects.visible_to(by).filter(pk=message.pk).exists():
        raise Forbidden(_("You may not do this."))
    message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.state != Message.State.FAILED:
        raise BadRequest(_("This message was not given up."))
    if message.is_secret:
        raise BadRequest(_("Codes are not sent again: they have expired."))
    message.state, message.attempts, message.error = Message.State.QUEUED, 0, ""
    _save(message)
    deliver.enqueue(message.pk)


def _try_later(message):
    """After 1, 2, 4, … minutes; given up in the end."""
    if message.attempts >= MAX_ATTEMPTS:
        _give_up(message)
    else:
        later = timezone.now() + timedelta(minutes=2 ** (message.attempts - 1))
        deliver.using(run_after=later).enqueue(message.pk)


def _give_up(message):
    """The administrators are told once until they have read it, inside the system only: letters may be what fails."""
    message.state = Message.State.FAILED
    address = reverse("notices:undelivered")
    told = Notice.objects.unread().filter(url=address).values("user")
    notify(
        get_user_model().objects.filter(is_superuser=True).exclude(pk__in=told),
        title=lambda: _("A message could not be delivered"),
        url=address,
        by_letter=False,
    )


def _save(message):
    if message.is_secret and message.state != Message.State.QUEUED:
        message.text = ""
    message.save(update_fields=["attempts", "state", "error", "sent_at", "text"])


def _send(message):
    reference = f"baladiya-{message.pk}-{int(message.made_at.timestamp())}"
    if message.way == Message.Way.SMS:
        gateways.sms_gateway().send(message.address, message.text, reference)
    else:
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        headers = {"Message-ID": f"<{reference}@{domain}>", "Auto-Submitted": "auto-generated"}
        EmailMessage(message.subject, message.text, to=[message.address], headers=headers).send()


def _queue(**facts):
    message = Message.objects.create(**facts)
    deliver.enqueue(message.pk)


def _said(words):
    return str(words() if callable(words) else words)


def _digest(phone, purpose, code):
    facts = "\0".join(["phone-code", phone, purpose, code])
    return hmac.new(settings.SECRET_KEY.encode(), facts.encode(), hashlib.sha256).hexdigest()
