"""What the geography means: coverage, travel-time tables and their exports."""
