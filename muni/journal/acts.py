"""What acts are called. An app names its own in its acts.py, as menu.py says what it offers."""

_titles = {}


def name(titles):
    """titles: {"plans.publish": lazy translation}."""
    _titles.update(titles)


def title_of(act):
    """The act in the reader's words; its code where no app names it."""
    return str(_titles.get(act, act))


def choices():
    """[(act, title)] in the order of the titles."""
    return sorted(((act, str(title)) for act, title in _titles.items()), key=lambda each: each[1])
