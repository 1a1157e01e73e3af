"""One adapter per member; the module name is the member's name in params.yaml."""
