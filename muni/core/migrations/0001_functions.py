from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

# The same folding as muni.core.text.fold.
FOLD_ARABIC = """
CREATE FUNCTION fold_arabic(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(lower(translate(
    regexp_replace(value, '[\u0640\u064b-\u065f\u0670]', '', 'g'),
    '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫أإآٱةىیکؤئ',
    '01234567890123456789.ااااهييكوي')), '\\s+', ' ', 'g'))
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS postgis", migrations.RunSQL.noop),
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(FOLD_ARABIC, "DROP FUNCTION fold_arabic"),
    ]
