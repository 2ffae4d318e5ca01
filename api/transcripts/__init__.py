"""Transcripts: attempts with their messages and scores."""
