"""The components that config.yml and endpoints.yml name, grouped by what they do with a message."""
