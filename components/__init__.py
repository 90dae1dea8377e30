"""What config.yml and endpoints.yml name, in rooms by the way of a message."""
