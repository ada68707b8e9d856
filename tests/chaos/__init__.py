"""`make chaos`: purchases through the real stack while its processes are killed (docs/testing.md)."""
