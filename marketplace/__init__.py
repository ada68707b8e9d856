"""Every face of the marketplace: pages, API, feeds, demo. Faces call services and queries, nothing deeper."""
