"""Tests of the sandbox: strict like the documents, honest about what it did."""
