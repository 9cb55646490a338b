"""The sentences that the editor's scripts say, in the reader's language. {places} are filled in the browser."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

_FORMS = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""The plural categories that browsers know, each with a number that belongs to it in Arabic."""


def _counted(sentence):
    """The sentence, from ngettext_lazy, for each category; {n} is the number."""
    return [sentence % number for number in _FORMS.values()]


def words():
    return {
        "forms": list(_FORMS),
        "yes": _("yes"),
        "no": _("no"),
        "nothing": _("not recorded"),
        "optional": _("(optional)"),
        "number": _("No."),
        "state": pgettext("table column", "Change"),
        "selectedColumn": _("Selected"),
        "isNew": _("new"),
        "featureNo": _("Feature {n}"),
        "selectFeature": _("Select feature {name}"),
        "newValue": _("New value"),
        "shape": _("Shape"),
        "theirShape": _("their shape"),
        "myShape": _("your shape"),
        "vertex": _("Vertex {n}"),
        "removeVertex": _("Remove vertex {n}"),
        "lastSide": _("Last side: {length}"),
        "edits": {"create": _("added"), "update": pgettext("feature", "changed"), "delete": _("removed")},
        "acts": {
            "create": _("draw"),
            "vertex": _("move a vertex"),
            "insert": _("insert a vertex"),
            "remove": _("remove a vertex"),
            "move": _("move"),
            "split": _("split"),
            "merge": _("merge"),
            "hole": _("cut a hole"),
            "delete": _("delete"),
            "attributes": _("change attributes"),
            "restore": _("back to what is published"),
        },
        "toolHints": {
            "select": _("Click a feature; with Ctrl or Shift several."),
            "point": _("Click where the point is."),
            "line": _("Click the points of the line; click the last one again, or Finish, to end it."),
            "area": _("Click the corners; click the first one again, or Finish, to close the area."),
            "vertices": _("Drag a vertex, or the middle of a side to insert one; Delete or a right click removes one."),
            "move": _("Drag the selected features; held by a vertex, they snap with it."),
            "split": _("Draw a line right across the selected feature."),
            "hole": _("Draw the outline of the hole inside the selected area."),
            "box": _("Click two opposite corners: what touches the box is selected."),
            "lasso": _("Draw an area: what touches it is selected."),
        },
        **_states(),
        **_refusals(),
        "zoomIn": _("Zoom in to edit; here you see the published layer."),
        "truncated": _("There is too much here: only a part is loaded. Zoom in."),
        "loadOffline": _("There is no connection: what is loaded stays, more cannot be loaded now."),
        "loadSignedOut": _("Your session has ended: sign in to load more."),
        "loadFailed": _("The features could not be loaded. Move the map to try again."),
        "nSelected": _counted(ngettext_lazy("{n} feature selected", "{n} features selected")),
        "found": _counted(ngettext_lazy("{n} feature found and selected.", "{n} features found and selected.")),
        "searching": _("Searching the whole layer…"),
        "foundCut": _("{n} features fit; the first {shown} are selected. Change them, then find the others."),
        "foundLoaded": _("The server cannot be reached: only what is loaded was looked at."),
        "deleted": _counted(
            ngettext_lazy("{n} feature deleted. Undo brings it back.", "{n} features deleted. Undo brings them back.")
        ),
        "changedAll": _counted(ngettext_lazy("{n} feature changed.", "{n} features changed.")),
        "splitInto": _counted(ngettext_lazy("Split into {n} part.", "Split into {n} parts.")),
        "mergedApart": _counted(
            ngettext_lazy(
                "Merged, but the shapes do not touch: the feature has {n} part.",
                "Merged, but the shapes do not touch: the feature has {n} parts.",
            )
        ),
        "tableCut": _("The first {shown} of {n} rows. Move the map or select to see others."),
        "tableEmpty": _("Nothing to list here."),
    }


def _states():
    return {
        "state_saved": _("All saved"),
        "state_sending": _counted(ngettext_lazy("Sending {n} change…", "Sending {n} changes…")),
        "state_waiting": _counted(
            ngettext_lazy(
                "{n} change waits for the connection; it is kept in this browser.",
                "{n} changes wait for the connection; they are kept in this browser.",
            )
        ),
        "state_signedOut": _counted(
            ngettext_lazy(
                "Your session has ended. {n} change is kept in this browser and is sent when you have signed in.",
                "Your session has ended. {n} changes are kept in this browser and are sent when you have signed in.",
            )
        ),
        "state_stale": _counted(
            ngettext_lazy(
                "Somebody else changed the same feature: decide. {n} change waits.",
                "Somebody else changed the same feature: decide. {n} changes wait.",
            )
        ),
        "state_refused": _counted(
            ngettext_lazy(
                "The server refuses a change: decide. {n} change waits.",
                "The server refuses a change: decide. {n} changes wait.",
            )
        ),
        "notKept": _("This browser keeps nothing: do not close the page before all is saved."),
        "sendNow": _("Send now"),
        "decide": _("Decide"),
        "alsoDropped": _counted(
            ngettext_lazy(
                "{n} later change builds on it and would be dropped too.",
                "{n} later changes build on it and would be dropped too.",
            )
        ),
    }


def _refusals():
    return {
        "required": _("“{title}” is required."),
        "notWhole": _("“{title}” is a whole number."),
        "notANumber": _("“{title}” is a number."),
        "notADate": _("“{title}” is a date, such as 2024-03-01."),
        "notAChoice": _("Choose one of the values of “{title}”."),
        "notAPosition": _("This is no position. Write 47.145, 31.84 or UTM metres such as 702978.9, 3524706.1."),
        "notPolar": _("Write numbers: metres, and degrees clockwise from north."),
        "tooFew": _("There are too few points for this."),
        "crossesItself": _("The outline crosses itself, so it was not saved. Draw it without crossings."),
        "needsLine": _("The server cannot be reached, and this needs it. Try again when the connection is back."),
        "notAllSaved": _("Not everything is saved yet. Wait until the line above says “All saved”."),
    }
