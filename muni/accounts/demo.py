"""Demo accounts: one for each role of the design, password "demo"."""

from django.contrib.auth.hashers import make_password

from muni.accounts.models import Membership, Role, User

PASSWORD = "demo"  # noqa: S105  on purpose: a banner says that the data is a demo's
ROLES = (
    "admin", "planner", "approver", "registrar", "citizen", "reviewer", "inspector", "crew", "dispatcher", "cashier",
    "officer", "council",
)  # fmt: skip


def load_accounts(department, suffix=""):
    """Makes or refreshes the accounts with their roles in the department; `admin` may also enter the administration."""
    password = make_password(PASSWORD)
    for code in ROLES:
        role = Role.objects.get(code=code)
        user, _made = User.objects.update_or_create(
            username=f"{code}{suffix}",
            defaults={
                "first_name": role.name_ar,
                "last_name": department.place.name_ar,
                "password": password,
                "is_staff": code == "admin",
                "is_active": True,
                "is_demo": True,
            },
        )
        Membership.objects.get_or_create(user=user, role=role, department=department, valid_to=None)
