import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from muni.documents import signing


class Command(BaseCommand):
    help = "Tell whether the text of a paper's QR code was signed by us; with --keys without the database, too"

    def add_arguments(self, parser):
        parser.add_argument("text", help="the text of the QR code, from https:// to its end")
        parser.add_argument(
            "--keys", type=Path, help="public keys as /verify/keys gives them, instead of the database's"
        )

    def handle(self, *, text, keys, **options):
        known = _keys_of(keys) if keys else signing.known_keys()
        try:
            statement = signing.read(text, known)
        except signing.NotGenuine:
            raise CommandError("FORGED OR ALTERED: this was not signed by any of the known keys.") from None
        self.stdout.write(f"Genuine: signed with key {statement.key}.")
        self.stdout.write(f"{statement.kind} {statement.number} of {statement.day}: {statement.summary}")
        self.stdout.write(f"Compare with the paper. Whether it is still valid only {text.partition('#')[0]} can tell.")


def _keys_of(path):
    try:
        return {key["id"]: key["public_key"] for key in json.loads(path.read_text())["keys"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} does not hold the answer of /verify/keys.") from error
