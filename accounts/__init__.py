"""People: who they are, their storefront, their API tokens, and the audit log."""
