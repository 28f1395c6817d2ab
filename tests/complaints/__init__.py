"""Tests of the domain, its store and its flow."""
