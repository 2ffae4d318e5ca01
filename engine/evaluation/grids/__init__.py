"""Grids: versioned rubrics, and which of them a judge goes by."""
