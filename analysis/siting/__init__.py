"""Where to put the next satellite, and which mix of models for which town."""
