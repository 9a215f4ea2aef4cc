"""Road networks from OpenStreetMap: reading, rules for cars, simplification, storage, download."""
