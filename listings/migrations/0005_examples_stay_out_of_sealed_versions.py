"""An example could still be moved from a working copy into a sealed version; now neither end may be sealed."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION listings_example_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := {touched};
BEGIN
    IF EXISTS (SELECT 1 FROM listings_promptversion WHERE id = ANY (touched) AND sealed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'version % is sealed: % of an example refused', touched, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
FORWARDS = FUNCTION.format(
    touched="""CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id] WHEN 'DELETE' THEN ARRAY[OLD.version_id]
        ELSE ARRAY[OLD.version_id, NEW.version_id] END"""
)
BACKWARDS = FUNCTION.format(
    touched="CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id] ELSE ARRAY[OLD.version_id] END"
)


class Migration(migrations.Migration):
    dependencies = [("listings", "0004_vocabulary")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
