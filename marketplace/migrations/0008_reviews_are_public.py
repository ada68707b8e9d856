"""What buyers write under a listing is seen by anyone: see listings.models.PublicChange."""

from django.db import migrations

TABLES = ["marketplace_review", "marketplace_question"]


def watched(table):
    name = f"public_{table.partition('_')[2]}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION listings_public_change()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0019_public_changes'),
        ('marketplace', '0007_library'),
    ]

    operations = [watched(table) for table in TABLES]
