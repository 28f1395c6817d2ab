"""`redress chaos`: a story is played while everything that can die dies, and then it is audited.

`accidents` plans what happens (pure), `wires` are networks that can be cut, `striker` makes the
accidents happen, `desk` is the person at the unknown outcomes, `checks` says what was lost,
doubled or wrong (pure, from what is left behind), `run` puts them together.
"""
