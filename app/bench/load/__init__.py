"""What `countersign bench http` runs in processes of its own: the load generator and the floor."""
