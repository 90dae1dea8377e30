"""Files for deployment: container, nginx, Compose and Kubernetes."""
