from muni.core.daily import nightly


@nightly
def forget_checks():
    from muni.documents.verification import forget

    forget()
