"""A local double of Stripe: its own process, loopback only, its own small SQLite file.

It exists so that the demo and every test speak real HTTP to something that answers as Stripe does. It imports
nothing of the project and nothing of the `stripe` SDK, so it cannot share a mistake with the code it checks.
`docs/stripe.md` lists what it must be faithful in; `tests/stripe_contract` holds it to the SDK's own schemas.
"""

API_VERSION = "2026-10-28.endive"
