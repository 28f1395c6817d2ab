"""Reports, in every form."""
