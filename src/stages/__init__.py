"""One thin main() per stage of dvc.yaml."""
