"""Writing a row that a unique constraint allows only once."""

from django.db import connection, models


def insert_once(row: models.Model) -> bool:
    """Insert `row` unless a unique constraint knows it already; true, with its id set, if it is new.

    One statement, and the constraint decides between rivals. `get_or_create` takes four, and `bulk_create`
    with `ignore_conflicts` does not say whether the row is new.
    """
    fields = [field for field in row._meta.concrete_fields if not (field.primary_key and row.pk is None)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    statement = (
        f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))}) "  # noqa: S608
        f"ON CONFLICT DO NOTHING RETURNING {row._meta.pk.column}"
    )
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        inserted = cursor.fetchone()
    if inserted is None:
        return False
    row.pk, row._state.adding = inserted[0], False
    return True
