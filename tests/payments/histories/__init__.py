"""Random histories of money: people, banks, Stripe, time and mishaps in any order, then the books are read.

`machine`  what may happen, one rule each, in `rules_*`
`world`    what a history begins with, and what the rules act upon
`outside`  Stripe's double, pressed as buyers, banks and staff press it, and its own lists
`model`    who is owed what, in plain Python from docs/money.md: knows neither Django nor our code
`watch`    after each step: what the model must hear of, and what must never be
`settling` everything comes to rest
`books`    at the end: books, pages, API, file, access and Stripe against the model
`worker`   runs histories in a process of its own; `__main__` runs workers and prints the table
"""
