"""Tests of the BizKitHub adapter."""
