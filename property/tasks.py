from muni.core.daily import nightly


@nightly
def escalate_overdue():
    from property.services.escalation import escalate_overdue

    escalate_overdue()
