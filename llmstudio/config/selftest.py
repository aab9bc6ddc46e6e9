"""The machine's examination and the application's own: nothing to set."""

from llmstudio.config.option import Options


class DoctorConfig(Options):
    """Looks at devices, precision, threads and versions."""


class SelfTestConfig(Options):
    """Runs every stage once with tiny settings."""
