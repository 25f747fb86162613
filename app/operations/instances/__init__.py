"""Starting, reading and steering process instances."""
