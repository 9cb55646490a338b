import re
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from muni.core.errors import BadRequest
from muni.core.jobs import requeue_lost_jobs
from muni.notices import services
from muni.notices.models import Message, Notice, PhoneCode
from muni.notices.services import TooManyCodes, attempt, check_code, notify, send_code, send_email, send_sms
from tests.factories import UserFactory
from tests.muni.notices.gateway import NAME, PASSWORD

pytestmark = pytest.mark.django_db
PHONE = "+9647701234567"


@pytest.fixture
def gateway(settings):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.muni.notices.gateway", "0"],
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    address = f"127.0.0.1:{int(process.stdout.readline())}"
    settings.SMS_URL = f"http://{NAME}:{quote(PASSWORD)}@{address}/messages"
    yield f"http://{address}/"
    process.kill()
    process.wait()
    process.stdout.close()


def jobs():
    return DBTaskResult.objects.filter(task_path="muni.notices.tasks.deliver")


def test_each_user_is_told_once_in_the_language_they_read():
    user = UserFactory()
    notify([user, user], title=gettext_lazy("Map"), text=lambda: gettext("Sign in"), url="/map/")
    notice = Notice.objects.visible_to(user).get()
    with translation.override("en"):
        assert (notice.title, notice.text) == ("Map", "Sign in")
    with translation.override("ar"):
        assert (notice.title, notice.text) == ("الخريطة", gettext("Sign in"))
        assert notice.text != "Sign in"
    assert not Message.objects.exists()


def test_who_left_is_not_told():
    notify([UserFactory(is_active=False, email="gone@example.org")], title="x")
    assert not Notice.objects.exists()
    assert not Message.objects.exists()


def test_a_letter_goes_out_with_the_way_to_the_matter(settings):
    settings.PUBLIC_URL = "https://baladiya.example"
    user = UserFactory(email="ali@example.org")
    notify([user], title="تم النشر\nx", url="/plans/7/")
    attempt(Message.objects.get().pk)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["ali@example.org"], "تم النشر x")
    assert "https://baladiya.example/plans/7/" in letter.body
    assert letter.extra_headers["Message-ID"].startswith("<baladiya-")


def test_a_message_is_sent_once_however_often_its_job_runs():
    notify([UserFactory(email="ali@example.org")], title="x")
    message = Message.objects.get()
    attempt(message.pk)
    attempt(message.pk)
    assert len(mail.outbox) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)


def test_the_gateway_gets_the_message(gateway):
    send_sms(PHONE, "مرحبا")
    message = Message.objects.get()
    attempt(message.pk)
    (taken,) = httpx.get(gateway).json()
    assert (taken["to"], taken["text"]) == (PHONE, "مرحبا")
    assert taken["reference"].startswith(f"baladiya-{message.pk}-")


def test_a_busy_gateway_is_asked_again_later(gateway):
    send_sms("+9647701234599", "x")
    message = Message.objects.get()
    before = timezone.now()
    attempt(message.pk)
    after = timezone.now()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 1)
    assert "503" in message.error
    again = jobs().filter(run_after__lt=after + timedelta(days=1)).get().run_after
    assert before + timedelta(minutes=1) <= again <= after + timedelta(minutes=1)
    attempt(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("sent", 2, "")
    assert len(httpx.get(gateway).json()) == 1


def test_a_refused_number_is_given_up_at_once(gateway):
    send_sms("+9647701234500", "x")
    attempt(Message.objects.get().pk)
    assert Message.objects.get().state == "failed"
    assert jobs().count() == 1


def test_nobody_listening_is_tried_again_and_given_up_in_the_end(settings):
    settings.SMS_URL = "http://127.0.0.1:9/"
    send_sms(PHONE, "x")
    message = Message.objects.get()
    for _attempt in range(services.MAX_ATTEMPTS):
        attempt(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", services.MAX_ATTEMPTS)
    assert jobs().count() == services.MAX_ATTEMPTS


def test_without_a_gateway_the_log_says_so(caplog, settings):
    settings.SMS_URL = ""
    send_sms(PHONE, "x")
    attempt(Message.objects.get().pk)
    assert "not sent since SMS_URL is not set" in caplog.text


def the_code(message=None):
    return re.search(r"\d{6}", (message or Message.objects.latest("pk")).text)[0]


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_code_serves_once_and_for_its_purpose_alone():
    send_code(PHONE, purpose="plans.objection", address="10.0.0.7")
    code = the_code()
    assert not check_code(PHONE, code, purpose="other")
    assert not check_code("+9647701234568", code, purpose="plans.objection")
    assert check_code(PHONE, code, purpose="plans.objection")
    assert not check_code(PHONE, code, purpose="plans.objection")


def test_the_code_is_kept_as_a_digest_and_erased_from_the_message_when_it_has_gone(settings):
    settings.SMS_URL = ""
    send_code(PHONE, purpose="p", address=None)
    message = Message.objects.get()
    code = the_code(message)
    assert code not in str(PhoneCode.objects.values_list().get())
    attempt(message.pk)
    message.refresh_from_db()
    assert (message.state, message.text) == ("sent", "")


def test_a_code_is_not_to_be_guessed():
    send_code(PHONE, purpose="p", address=None)
    code = the_code()
    for _guess in range(services.CODE_ATTEMPTS):
        assert not check_code(PHONE, wrong(code), purpose="p")
    assert not check_code(PHONE, code, purpose="p")


def test_a_code_expires_and_a_newer_one_takes_its_place():
    send_code(PHONE, purpose="p", address=None)
    first = the_code()
    PhoneCode.objects.update(made_at=timezone.now() - timedelta(minutes=2))
    send_code(PHONE, purpose="p", address=None)
    second = the_code()
    assert first == second or not check_code(PHONE, first, purpose="p")
    PhoneCode.objects.update(made_at=timezone.now() - services.CODE_LIFE - timedelta(seconds=1))
    assert not check_code(PHONE, second, purpose="p")


def test_codes_for_a_telephone_are_throttled():
    send_code(PHONE, purpose="p", address=None)
    with pytest.raises(TooManyCodes) as refusal:
        send_code(PHONE, purpose="other", address=None)
    assert refusal.value.status == 429
    send_code("+9647701234568", purpose="p", address=None)
    assert Message.objects.count() == 2


def test_codes_asked_for_from_one_address_are_throttled():
    for n in range(services.CODES_FROM_AN_ADDRESS[0][1]):
        send_code(f"+96477012345{n:02d}", purpose="p", address="10.0.0.7")
    with pytest.raises(TooManyCodes):
        send_code("+9647711111111", purpose="p", address="10.0.0.7")
    send_code("+9647711111111", purpose="p", address="10.0.0.8")


@pytest.mark.parametrize("number", [1, 2, 3, 11, 100])
def test_the_header_says_in_arabic_how_many_are_new(client_of, number):
    """Arabic has six forms of a plural, and chooses by arithmetic."""
    user = UserFactory()
    for _each in range(number):
        notify([user], title="خبر")
    with translation.override("ar"):
        words = ngettext("%(number)s new", "%(number)s new", number) % {"number": number}
    page = client_of(user).get("/notices/", headers={"Accept-Language": "ar"})
    assert page.status_code == 200
    assert words in page.content.decode()


def test_the_page_lists_my_notices_and_the_header_counts_the_unread(client_of, django_assert_num_queries):
    user, other = UserFactory(), UserFactory()
    notify([user], title="أولا", url="/map/")
    notify([user], title="ثانيا")
    notify([other], title="ليس لك")
    client = client_of(user)
    page = client.get(reverse("notices:list")).content.decode()
    assert "أولا" in page
    assert "ثانيا" in page
    assert "ليس لك" not in page
    assert '<span class="badge-count" aria-hidden="true">2</span>' in page
    with django_assert_num_queries(8):
        client.get(reverse("notices:list"))


def test_following_a_notice_reads_it(client_of):
    user = UserFactory()
    notify([user], title="x", url="/map/")
    notice = Notice.objects.get()
    answer = client_of(user).get(reverse("notices:follow", args=[notice.pk]))
    assert answer.url == "/map/"
    assert not Notice.objects.unread().exists()
    assert client_of(UserFactory()).get(reverse("notices:follow", args=[notice.pk])).status_code == 404


def test_all_are_read_at_once(client_of):
    user, other = UserFactory(), UserFactory()
    notify([user, other], title="x")
    client_of(user).post(reverse("notices:read_all"))
    assert [notice.user for notice in Notice.objects.unread()] == [other]


class TestUndelivered:
    """No message waits for ever: it is tried again, ever later, and in the end an administrator is told."""

    @pytest.fixture
    def chief(self):
        return UserFactory(is_superuser=True, email="chief@example.org")

    @pytest.fixture
    def message(self):
        send_sms(PHONE, "x")
        return Message.objects.get()

    def die_on(self, job):
        """Three workers took the job and are no more."""
        worker_ids = ["gone-a", "gone-b", "gone-c"]
        DBTaskResult.objects.filter(pk=job.pk).update(status=TaskResultStatus.RUNNING, worker_ids=worker_ids)
        requeue_lost_jobs()

    def waiting(self):
        return jobs().get(status=TaskResultStatus.READY, run_after__lt=timezone.now() + timedelta(days=1))

    def test_three_dead_workers_put_it_off(self, message):
        self.die_on(jobs().get())
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("queued", 1)
        assert message.error
        later = self.waiting().run_after - timezone.now()
        assert timedelta(seconds=50) < later <= timedelta(minutes=1)

    def test_workers_that_go_on_dying_make_it_given_up_and_told(self, message, chief):
        job = jobs().get()
        for _death in range(services.MAX_ATTEMPTS):
            self.die_on(job)
            job = jobs().filter(status=TaskResultStatus.READY).first()
        message.refresh_from_db()
        assert (message.state, job) == ("failed", None)
        notice = Notice.objects.get(user=chief)
        assert notice.url == reverse("notices:undelivered")
        assert not Message.objects.exclude(pk=message.pk).exists(), "a letter about letters that fail would fail too"

    def test_what_the_mail_library_does_not_take_is_put_off_too(self, monkeypatch):
        send_email("ali@example.org", subject="x", text="y")
        message = Message.objects.get()
        monkeypatch.setattr(services, "_send", lambda message: 1 / 0)
        attempt(message.pk)
        message.refresh_from_db()
        assert (message.state, message.attempts, message.error) == ("queued", 1, "division by zero")
        assert jobs().filter(status=TaskResultStatus.READY).count() == 2

    def test_a_message_whose_job_is_gone_gets_one_at_night(self, message):
        assert not Message.objects.left_behind().exists()
        services.revive()
        assert jobs().count() == 1
        jobs().delete()
        services.revive()
        assert jobs().count() == 1
        Message.objects.update(state="failed")
        jobs().delete()
        services.revive()
        assert not jobs().exists()

    def test_administrators_are_told_once_until_they_read_it(self, chief, gateway):
        for n in range(3):
            send_sms(f"+96477012345{n}00", "x")
        for each in Message.objects.all():
            attempt(each.pk)
        assert Notice.objects.filter(user=chief).count() == 1

    def test_the_page_says_why_and_sends_again(self, message, chief, client_of):
        Message.objects.update(state="failed", attempts=8, error="refused with 422")
        client = client_of(chief)
        page = client.get(reverse("notices:undelivered"))
        assert "refused with 422" in page.text
        assert PHONE in page.text
        jobs().delete()
        client.post(reverse("notices:try_again", args=[message.pk]))
        message.refresh_from_db()
        assert (message.state, message.attempts, jobs().count()) == ("queued", 0, 1)
        client.post(reverse("notices:try_again", args=[message.pk]))
        assert jobs().count() == 1
        other = client_of(UserFactory(permissions=["gis_layers.change_layer"]))
        assert other.get(reverse("notices:undelivered")).status_code == 403
        assert other.post(reverse("notices:try_again", args=[message.pk])).status_code == 403

    def test_a_code_is_not_sent_again(self, chief):
        send_code(PHONE, purpose="p", address=None)
        message = Message.objects.get()
        Message.objects.update(state="failed", text="")
        with pytest.raises(BadRequest):
            services.try_again(message, by=chief)

    def test_an_empty_page_says_so(self, chief, client_of, django_assert_max_num_queries):
        client = client_of(chief)
        with django_assert_max_num_queries(8):
            assert client.get(reverse("notices:undelivered") + "?lang=en").status_code == 200
