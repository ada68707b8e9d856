"""Every face of the marketplace: pages, API, feeds, and the demo. Faces call services and queries, nothing deeper."""
