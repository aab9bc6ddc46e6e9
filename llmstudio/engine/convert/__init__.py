"""Weights from and to other programs. Knows tensors, names and file formats; no workspace and no job."""
