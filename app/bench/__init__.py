"""The product's own benchmarks, `countersign bench NAME`: each module here is one of them and holds its `command`."""
