"""The ledger's own guard: journals balance at commit, and no row is ever changed or removed.

Row triggers do not see TRUNCATE, so every role but the owner loses the right to it (and to UPDATE and DELETE).
Tests flush their tables as the owner.
"""

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


REVOKE = """
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT DISTINCT acl.grantee, relation.oid::regclass AS relation
          FROM pg_class relation, aclexplode(relation.relacl) acl
         WHERE relation.oid IN ('payments_journal'::regclass, 'payments_ledgerentry'::regclass,
                                'accounts_auditentry'::regclass)
           AND acl.grantee NOT IN (0, relation.relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', granted.relation, granted.grantee::regrole);
    END LOOP;
END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON payments_journal, payments_ledgerentry, accounts_auditentry FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("accounts", "0002_audit_is_append_only")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunSQL(REVOKE, migrations.RunSQL.noop),
    ]
