"""Where things are and how long it takes: boundaries, facilities, roads, routing, maps."""
