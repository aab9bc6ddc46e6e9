"""What a download asks for: a model of the hub by name, one of its versions, and where it goes. Knows no network."""

import re
from dataclasses import dataclass

from pydantic import field_validator

from llmstudio.config.option import OptionFault, Options, option

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9][\w./-]{{0,99}}))?(?::(?P<file>[^:@\\]+))?")
_ADDRESS = re.compile(r"(?:https?://)?(?:huggingface\.co|hf\.co)/(?P<rest>[^?#\s]+?)/?(?:[?#].*)?")
_INSIDE = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:/(?:tree|blob|resolve)/(?P<revision>[^/]+)(?:/(?P<file>.+))?)?")
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubName:
    """A model on the hub: "owner/name", a branch, tag or commit, and one file of it ("" = all that it needs)."""

    repo: str
    revision: str = "main"
    file: str = ""

    def __str__(self) -> str:
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"{self.repo}{revision}{':' + self.file if self.file else ''}"


def hub_name(text: str) -> HubName | None:
    """Read "owner/name", "owner/name@revision:file.gguf" or the address of a model's page; None for anything else."""
    words = text.strip()
    address = _ADDRESS.fullmatch(words)
    found = _INSIDE.fullmatch(address["rest"]) if address else _NAME.fullmatch(words)
    if found is None or "--" in found["repo"] or ".." in words or found["repo"].endswith(".git"):
        return None
    return HubName(found["repo"], found["revision"] or "main", found["file"] or "")


class DownloadConfig(Options):
    """One model of the hub, brought into a folder."""

    model: str = option(
        "",
        title="Model",
        help="owner/name on the hub",
        long="The name of a model on the hub, such as HuggingFaceTB/SmolLM2-135M. A version may follow after @, "
        "one file of several after a colon.",
        group="What",
    )
    to: str = option("", title="Folder", help="Where the files go", group="Where")

    @field_validator("model")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if hub_name(value) is None:
            raise OptionFault("model", f"{value[:80] or 'Nothing'} is not the name of a model on the hub.")
        return value

    @property
    def name(self) -> HubName:
        """The name, read."""
        found = hub_name(self.model)
        assert found is not None  # checked when it was made
        return found
