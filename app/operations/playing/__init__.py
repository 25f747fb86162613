"""Playing a process in memory, with a virtual clock and without a database: what `countersign play` runs."""
