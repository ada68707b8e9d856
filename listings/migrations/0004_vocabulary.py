"""A new installation has models and categories from the start."""

from django.db import migrations

from listings.vocabulary import vocabulary_ensure


def add(apps, schema_editor):
    vocabulary_ensure(get_model=apps.get_model)


class Migration(migrations.Migration):
    dependencies = [("listings", "0003_imported_prompts_and_moderation_queue")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
