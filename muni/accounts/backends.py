from django.contrib.auth.backends import BaseBackend

from muni.accounts.models import Membership


class MembershipBackend(BaseBackend):
    """Permissions come from the roles of current memberships.

    has_perm(perm) asks "anywhere?"; has_perm(perm, place) asks "in this place?".
    """

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous:
            return set()
        grants = self._grants(user_obj)
        if obj is None:
            return {permission for permission, _path in grants}
        return {permission for permission, path in grants if obj.path.startswith(path)}

    def has_perm(self, user_obj, perm, obj=None):
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj, app_label):
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))

    def _grants(self, user):
        """{(permission, path of the place it holds in)}: one query a request."""
        if not hasattr(user, "_membership_grants"):
            rows = (
                Membership.objects.current()
                .filter(user=user)
                .values_list(
                    "role__permissions__content_type__app_label",
                    "role__permissions__codename",
                    "department__place__path",
                )
            )
            user._membership_grants = {(f"{app}.{code}", path) for app, code, path in rows}
        return user._membership_grants
