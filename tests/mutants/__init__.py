"""Take one protection of the money path out at a time, and see that a test notices.

`make mutants`, or `python -m tests.mutants --only 8,17`. What is taken out stands in `catalogue`, by area;
`mutant` puts it into a copy of the checkout, `workshop` makes the copies and runs tests there, `kept` knows
the outcomes of earlier runs, `table` prints what came of it and writes it into docs/money.md.
"""
