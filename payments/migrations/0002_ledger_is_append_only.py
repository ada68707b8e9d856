"""The ledger's own guard: journals balance at commit, and no row is ever changed or removed.

Row triggers do not see TRUNCATE, so the application's role loses the right to it (and to UPDATE and DELETE).
Tests flush their tables as the owner.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import migrations

FORWARDS = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON payments_journal
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();

CREATE FUNCTION payments_journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    off_by bigint;
    lines bigint;
BEGIN
    SELECT coalesce(sum(amount), 0), count(*) INTO off_by, lines
      FROM payments_ledgerentry WHERE journal_id = NEW.journal_id;
    IF off_by <> 0 OR lines < 2 THEN
        RAISE EXCEPTION 'journal % is off by % over % entries', NEW.journal_id, off_by, lines
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_balances();
"""
BACKWARDS = """
DROP TRIGGER journal_balances ON payments_ledgerentry;
DROP FUNCTION payments_journal_balances();
DROP TRIGGER entry_append_only ON payments_ledgerentry;
DROP TRIGGER journal_append_only ON payments_journal;
DROP FUNCTION payments_refuse_change();
"""


def revoke_rewriting(apps, schema_editor):
    """Take UPDATE, DELETE and TRUNCATE from the application's role, where it is not the owner itself."""
    role = urlsplit(settings.DATABASE_URL).username
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [role])
        owner, exists = cursor.fetchone()
        if exists and role != owner:
            tables = "payments_journal, payments_ledgerentry, accounts_auditentry"
            name = schema_editor.quote_name(role)
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {tables} FROM {name}")


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("accounts", "0002_audit_is_append_only")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(revoke_rewriting, migrations.RunPython.noop),
    ]
