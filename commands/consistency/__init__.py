"""The checks behind `make check`, one module per subject. Each check yields one sentence for each fault."""
