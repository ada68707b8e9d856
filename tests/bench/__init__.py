"""`make bench`: the product measured on this machine. Ratios count; absolute figures move with it."""
