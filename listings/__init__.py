"""What is offered: listings, their versions and examples, review, search. Knows nothing of money."""
