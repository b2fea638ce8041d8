"""The multilayer network you can read in an afternoon."""
