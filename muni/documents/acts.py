from django.utils.translation import gettext_lazy as _

from muni.journal import acts

acts.name(
    {
        "documents.issue": _("Document: issued"),
        "documents.supersede": _("Document: superseded"),
        "documents.revoke": _("Document: revoked"),
    }
)
