"""Definitions: what is asked, of which models, and how the answers are checked.

Everything here is pure: files and texts in, values out.
"""
