"""The addresses of the service, one module for those that belong together."""
