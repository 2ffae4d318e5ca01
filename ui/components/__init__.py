"""One element of the pages a file."""
