"""Everything that a member must beat, the seed's settings among it."""
