from django.db import migrations

# Chained at commit, so that acts wait for one another only in that moment, whatever rows they have locked before.
CHAIN = """
CREATE FUNCTION journal_body(e journal_entry) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_array(
    e.number, e.act, e.subject_type_id, e.subject_id, e.subject, e.by_id,
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.data)::text
$$;

CREATE FUNCTION journal_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.number := NULL; NEW.previous := ''; NEW.digest := '';
  RETURN NEW;
END $$;
CREATE TRIGGER journal_begin BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_begin();

CREATE FUNCTION journal_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last journal_head; body text; entry journal_entry;
BEGIN
  INSERT INTO journal_head (id, count, digest) VALUES (1, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO last FROM journal_head WHERE id = 1 FOR UPDATE;
  entry := NEW;
  entry.number := last.count + 1;
  entry.previous := last.digest;
  entry.digest := encode(sha256(convert_to(last.digest || journal_body(entry), 'UTF8')), 'hex');
  UPDATE journal_entry SET number = entry.number, previous = entry.previous, digest = entry.digest WHERE id = NEW.id;
  UPDATE journal_head SET count = entry.number, digest = entry.digest WHERE id = 1;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_chain AFTER INSERT ON journal_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_chain();

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.number IS NULL
     AND to_jsonb(OLD) - '{number,previous,digest}'::text[] = to_jsonb(NEW) - '{number,previous,digest}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The journal is never changed: add an entry that corrects the earlier one';
END $$;
CREATE TRIGGER journal_refuse_change BEFORE UPDATE OR DELETE ON journal_entry
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_refuse_truncate BEFORE TRUNCATE ON journal_entry
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

UNDO = """
DROP TRIGGER journal_refuse_truncate ON journal_entry;
DROP TRIGGER journal_refuse_change ON journal_entry;
DROP TRIGGER journal_chain ON journal_entry;
DROP TRIGGER journal_begin ON journal_entry;
DROP FUNCTION journal_refuse(), journal_chain(), journal_begin(), journal_body(journal_entry);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(CHAIN, UNDO)]
