from django.core.management.base import BaseCommand, CommandError

from muni.journal.services import faults, head

SENTENCES = {
    "altered": "Entry {number} (row {entry_id}) is not what was written, or does not follow the one before it.",
    "missing": "Entry {number} is missing.",
    "unchained": "Row {entry_id} was put in past the chain.",
    "tail": "The journal does not end where its head says: entries from {number} on were removed or added.",
}


class Command(BaseCommand):
    help = "Recompute the chain of the journal; tells every altered, removed or re-ordered entry"

    def handle(self, **options):
        found = faults()
        for fault in found:
            self.stderr.write(SENTENCES[fault.kind].format(number=fault.number, entry_id=fault.entry_id))
        if found:
            raise CommandError(f"The journal is not whole: {len(found)} faults.")
        count, digest = head()
        self.stdout.write(f"{count} entries, all in order. Last digest: {digest or '-'}")
