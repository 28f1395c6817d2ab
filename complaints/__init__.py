"""The ground floor: the domain of complaints and its store; knows nobody above it."""
