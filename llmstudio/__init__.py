"""LLM Studio: build your own language model on your own machine and see every stage of it."""

__version__ = "0.1.0"
