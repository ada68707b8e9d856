"""A contract of Stripe's API, derived from the installed SDK.

The SDK's sources are generated from Stripe's OpenAPI specification, so their type annotations say what each
request may carry and what each answer holds. Reading them (as text, never importing them) gives JSON
Schemas that are newer than anything we could write down, and the same for everybody who installs the same
SDK.
"""
