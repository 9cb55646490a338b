from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from muni.accounts import access, second_factor, services
from muni.accounts.models import ApiKey, Membership, Role, User

POWERS = ("is_staff", "is_superuser")


class MembershipScope:
    """Only memberships and departments of the places that the administrator answers for."""

    def get_queryset(self, request):
        chosen = access.memberships_of(request.user).values("pk")
        return super().get_queryset(request).filter(pk__in=chosen)

    def formfield_for_foreignkey(self, field, request, **kwargs):
        if field.name == "department":
            kwargs["queryset"] = access.departments_of(request.user).select_related("place")
        if field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_superuser=False) | access.accounts_of(request.user)
        return super().formfield_for_foreignkey(field, request, **kwargs)


class MembershipInline(MembershipScope, admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["username", "first_name", "last_name", "phone", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "memberships__role", "is_demo"]
    search_fields = ["username", "first_name", "last_name", "phone", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "second_factor"]
    inlines = [MembershipInline]
    actions = ["remove_second_factor"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "phone", "email"]}),
        (gettext_lazy("Account"), {"fields": ["is_active", *POWERS, "second_factor", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["username", "phone", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=access.accounts_of(request.user).values("pk"))

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if request.user.is_superuser else [*self.readonly_fields, *POWERS]

    def formfield_for_dbfield(self, field, request, **kwargs):
        shown = super().formfield_for_dbfield(field, request, **kwargs)
        if field.name in {"username", "phone", "email"}:
            shown.widget.attrs["dir"] = "ltr"
        return shown

    def has_delete_permission(self, request, obj=None):
        """Accounts are switched off, never deleted: what people did stays theirs."""
        return False

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def second_factor(self, user):
        return second_factor.device_of(user) is not None

    @admin.action(description=gettext_lazy("Remove the second factor (lost telephone)"), permissions=["change"])
    def remove_second_factor(self, request, queryset):
        for user in queryset:
            services.remove_second_factor(user, by=request.user)
        self.message_user(request, _("From now on these accounts sign in by password alone."), messages.SUCCESS)


@admin.register(Role)
class RoleAdmin(admin.ModelAdmin):
    """Roles hold everywhere, so only superusers change them."""

    list_display = ["code", "name_ar", "name_en", "second_factor_required"]
    search_fields = ["code", "name_ar", "name_en"]
    filter_horizontal = ["permissions"]

    def formfield_for_manytomany(self, field, request, **kwargs):
        field_ = super().formfield_for_manytomany(field, request, **kwargs)
        field_.queryset = field_.queryset.select_related("content_type")
        return field_

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser


@admin.register(Membership)
class MembershipAdmin(MembershipScope, admin.ModelAdmin):
    list_display = ["user", "role", "department", "valid_from", "valid_to"]
    list_select_related = ["user", "role", "department"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__first_name", "user__last_name"]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys are made by their owners; an administrator sees and revokes them."""

    list_display = ["prefix", "name", "user", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    list_filter = ["revoked_at"]
    search_fields = ["prefix", "name", "user__username"]
    fields = readonly_fields = ["prefix", "name", "user", "created_at", "expires_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(user__in=access.accounts_of(request.user))

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=gettext_lazy("Revoke"), permissions=["change"])
    def revoke(self, request, queryset):
        for key in queryset:
            services.revoke_key(key, by=request.user)
        count = queryset.count()
        message = ngettext("%(count)d key opens nothing any more.", "%(count)d keys open nothing any more.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)
