"""What a moderator judged and a buyer bought can no longer change, whatever code runs."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION listings_version_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sealed_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR
       (NEW.listing_id, NEW.number, NEW.text, NEW.variables, NEW.instructions, NEW.changelog, NEW.word_count,
        NEW.text_hash, NEW.created_at, NEW.sealed_at)
       IS DISTINCT FROM
       (OLD.listing_id, OLD.number, OLD.text, OLD.variables, OLD.instructions, OLD.changelog, OLD.word_count,
        OLD.text_hash, OLD.created_at, OLD.sealed_at) THEN
        RAISE EXCEPTION 'version % is sealed: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_immutable BEFORE UPDATE OR DELETE ON listings_promptversion
    FOR EACH ROW EXECUTE FUNCTION listings_version_immutable();

CREATE FUNCTION listings_example_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM listings_promptversion WHERE id = touched AND sealed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'version % is sealed: % of an example refused', touched, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER example_immutable BEFORE INSERT OR UPDATE OR DELETE ON listings_exampleoutput
    FOR EACH ROW EXECUTE FUNCTION listings_example_immutable();
"""
BACKWARDS = """
DROP TRIGGER example_immutable ON listings_exampleoutput;
DROP FUNCTION listings_example_immutable();
DROP TRIGGER version_immutable ON listings_promptversion;
DROP FUNCTION listings_version_immutable();
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
