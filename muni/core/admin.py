from django.contrib import admin

from muni.core.models import Holiday


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    list_display = ["name_ar", "name_en", "first_day", "last_day", "is_yearly", "last_year"]
    list_filter = ["is_yearly"]
    search_fields = ["name_ar", "name_en"]
    date_hierarchy = "first_day"
