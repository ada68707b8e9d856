"""The demo: the whole site with one command. The supervisor's modules import no Django; seeding does."""
