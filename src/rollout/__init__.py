"""Released versions and what each step of the rollout runs."""
