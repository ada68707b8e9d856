"""Every face of the marketplace: pages, API, feeds, the demo. Faces call services and queries, nothing deeper."""
