"""All SQL of Assay.

A repository that serves people takes the organization that it may see; the modules that serve
workers (`execution`, `attempt_writer`, `workers`) act for the system and see every run. Nothing
here commits: the caller's unit of work does.
"""
