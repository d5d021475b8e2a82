"""Where a model fails: scores by coordinate, two runs side by side, the worst answers."""
