"""Run a revision from nothing and compare every byte."""
