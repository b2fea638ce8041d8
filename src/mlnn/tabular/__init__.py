"""The face for frames and files: from a table to a trained, evaluated, saveable model."""
