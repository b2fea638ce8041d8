"""The tracer: formulas of layers, outputs, penalties and optimizers, printed for engines other than NumPy."""
