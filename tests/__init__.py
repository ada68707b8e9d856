"""The tests, one folder per package; this file keeps tests.stripe_sandbox apart from stripe_sandbox."""
