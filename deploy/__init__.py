"""Files for hosts: container, nginx, compose, Kubernetes."""
