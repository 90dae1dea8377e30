"""What `make check` looks at: a module for each kind of fault. Each check yields one sentence for each fault it finds."""
