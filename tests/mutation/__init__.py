"""Whether the tests of the pure core notice when its code is changed."""
