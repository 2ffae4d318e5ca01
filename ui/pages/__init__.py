"""The pages, a file each; `routes` gives them their addresses."""
