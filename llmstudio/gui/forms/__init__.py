"""Editors, rows and forms generated from option declarations."""
