"""Learners that go on learning, and how they do bar by bar; a study beside the bot, no part of the pipeline."""
