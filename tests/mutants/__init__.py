"""Take one protection of the money path, or of the seller's workshop, out at a time; a test must notice.

`make mutants`, or `python -m tests.mutants --only 8,17`. What is taken out stands in `catalogue`, by area;
`mutant` puts it into a copy of the checkout, `workshop` makes the copies and runs tests there, `kept` knows
the outcomes of earlier runs, `table` prints what came of it and writes it into the documents.
"""
