"""The judge: does a version fail where the one its step would go back to does not? Then the step goes back."""
