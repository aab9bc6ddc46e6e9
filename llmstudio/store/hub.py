"""What a model on the hub consists of: its files with sizes and hashes at one pinned version, licence and family.

Looks, and fetches nothing; the window asks here what an import would bring.
"""

import hashlib
import json
import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from llmstudio.base import files, web
from llmstudio.base.errors import UserError
from llmstudio.config.download import COMMIT, HubName
from llmstudio.store.network import Network

MOST_ANSWER = 8_000_000  # bytes of the hub's description of a model
MOST_FILES = 100_000
_ALWAYS = {
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
}
_INDEX = "model.safetensors.index.json"
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+()-]{0,199}(?:/[A-Za-z0-9][A-Za-z0-9 ._+()-]{0,199}){0,3}")


@dataclass(frozen=True)
class HubFile:
    """One file of a model: name, bytes, and what proves its content: SHA-256 for large ones, git's own hash else."""

    name: str
    bytes: int
    sha256: str = ""
    git: str = ""


@dataclass(frozen=True)
class Offer:
    """What a download would bring. `revision` is a commit; `family` and `parameters` are as the hub has them."""

    name: HubName
    revision: str
    files: tuple[HubFile, ...]
    licence: str = ""
    family: str = ""
    parameters: int = 0
    gated: bool = False

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(file.bytes for file in self.files)

    @property
    def gguf(self) -> str:
        """The GGUF file, where the model is one; else ""."""
        return next((file.name for file in self.files if file.name.endswith(".gguf")), "")


def place(root: Path, name: HubName) -> Path:
    """Where a model on its way lies in a workspace: one folder for each name, so that every attempt goes on there."""
    proof = hashlib.sha256(str(name).encode()).hexdigest()[:8]
    return root / "downloads" / f"{files.slug(name.repo, 40)}-{proof}"


def look(name: HubName, network: Network) -> Offer:
    """Ask the hub. Raises `UserError` if it cannot be reached, has no such model, or nothing that can be read."""
    network.require()
    address = f"{network.hub}/api/models/{name.repo}/revision/{quote(name.revision, safe='')}?blobs=true"
    try:
        reply = web.get(address, secret=credentials(network), loopback=network.loopback)
        try:
            refuse_status(reply, name, network)
            text = _read_all(reply)
        finally:
            reply.close()
    except (OSError, web.ProtocolError) as error:
        raise unreachable(network, error) from error
    return understood(name, _parsed(text))


def credentials(network: Network) -> dict[str, str]:
    """The header that carries the key, to be sent to the hub's own host only."""
    return {"Authorization": f"Bearer {network.key.value}"} if network.key.value else {}


def file_address(name: str, offer: Offer, network: Network) -> str:
    """Where one file of the pinned version lies."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import hf_hub_url  # only when something is really fetched: it takes a quarter of a second

    return str(hf_hub_url(offer.name.repo, name, revision=offer.revision, endpoint=network.hub))


def understood(name: HubName, answer: Any) -> Offer:
    """The offer in the hub's answer. Raises `UserError` for an answer that makes no sense or holds nothing readable."""
    info = _model_info(answer)
    revision = str(info.sha or "")
    if not COMMIT.fullmatch(revision):
        raise UserError(f"The hub does not say which version of {name.repo} it has.", "Try again later.")
    if COMMIT.fullmatch(name.revision) and name.revision != revision:
        raise UserError(f"The hub offers another version of {name.repo} than the one asked for.", "Try again later.")
    siblings = list(info.siblings or [])[:MOST_FILES]
    present = {str(one.rfilename): one for one in siblings}
    files = tuple(_file(present[wanted], name) for wanted in chosen(tuple(present), name))
    known = _dict(getattr(info, "gguf", None)) if files[0].name.endswith(".gguf") else _dict(info.config)
    family = str(known.get("architecture") or known.get("model_type") or "")[:40]
    count = known.get("total") if "total" in known else getattr(info.safetensors, "total", 0)
    licence = _dict(getattr(info.card_data, "to_dict", dict)()).get("license") if info.card_data else ""
    parameters = count if isinstance(count, int) and count > 0 else 0
    gated = bool(info.gated)
    return Offer(name, revision, files, str(licence or "")[:60], family, parameters, gated)


def chosen(present: tuple[str, ...], name: HubName) -> tuple[str, ...]:
    """Which of the files belong to the model: the safetensors folder, or one GGUF file. Raises `UserError`."""
    if name.file:
        return _one_file(present, name)
    weights = _weights(present)
    if weights and "config.json" in present:
        return (*weights, *sorted(_ALWAYS.intersection(present)))
    ggufs = tuple(sorted(file for file in present if file.endswith(".gguf")))
    if len(ggufs) == 1:
        return ggufs
    if ggufs:
        short = ", ".join(ggufs[:3])
        raise UserError(
            f"{name.repo} holds {len(ggufs)} GGUF files: {short}{' …' if len(ggufs) > 3 else ''}",
            f"Say which, as in {name.repo}:{ggufs[0]}",
            field="path",
            candidates=tuple(f"{name.repo}:{file}" for file in ggufs),
        )
    if any(file.endswith((".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")) for file in present):
        raise UserError(
            f"{name.repo} has its weights only in formats that may run code; they are not fetched.",
            "Look for one with safetensors or GGUF files.",
        )
    raise UserError(f"{name.repo} holds no model that can be read.", "Look for one with safetensors or GGUF files.")


def _one_file(present: tuple[str, ...], name: HubName) -> tuple[str, ...]:
    if not name.file.endswith(".gguf"):
        raise UserError(f"{name.file} is no GGUF file.", "Leave the file out to get the whole model.", field="path")
    if name.file not in present:
        near = tuple(f"{name.repo}:{file}" for file in sorted(present) if file.endswith(".gguf"))
        raise UserError(
            f"{name.repo} has no file {name.file}.", "Choose one it has.", field="path", candidates=near[:12]
        )
    return (name.file,)


def _weights(present: tuple[str, ...]) -> tuple[str, ...]:
    """model.safetensors; or all its pieces and their index; never a second copy in another layout."""
    if "model.safetensors" in present:
        return ("model.safetensors",)
    pieces = tuple(sorted(file for file in present if _SHARD.fullmatch(file)))
    return (*pieces, _INDEX) if pieces and _INDEX in present else ()


def _file(sibling: Any, name: HubName) -> HubFile:
    lfs = sibling.lfs
    size = lfs.size if lfs is not None else sibling.size
    sha256, git = (str(lfs.sha256), "") if lfs is not None else ("", str(sibling.blob_id or ""))
    named = str(sibling.rfilename)
    sound = isinstance(size, int) and size >= 0 and (_is_hex(sha256, 64) or _is_hex(git, 40))
    if not sound or not _PLAIN_NAME.fullmatch(named) or ".." in named:
        raise UserError(
            f"The hub does not say how large {ascii(named)[1:-1][:80]} of {name.repo} is, or how to prove it.",
            "Without that it is not fetched. Tell the owner of the model.",
        )
    return HubFile(named, size, sha256, git)


def _is_hex(text: str, digits: int) -> bool:
    return re.fullmatch(rf"[0-9a-f]{{{digits}}}", text) is not None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _model_info(answer: Any) -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import ModelInfo  # see file_address

    kept = ("id", "sha", "siblings", "gated", "config", "safetensors", "gguf", "cardData")
    read: Any = ModelInfo
    try:
        return read(**{key: answer[key] for key in kept if key in answer})
    except Exception as error:  # whatever a lying answer does to the library, it is one sentence here
        raise UserError("The hub's answer makes no sense.", "Try again later, or check the hub's address.") from error


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("The hub's answer makes no sense.", "Try again later, or check the hub's address.") from error


def _read_all(reply: web.Reply) -> bytes:
    parts, size = [], 0
    while part := reply.read(1 << 16):
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER:
            raise UserError("The hub's answer is absurdly long.", "Try again later, or check the hub's address.")
    return b"".join(parts)


# --- refusals in words ----------------------------------------------------------------------------


def refuse_status(reply: web.Reply, name: HubName, network: Network) -> None:
    """Raise what any status but "here it is" means: `UserError` for what only a person can mend, `Busy` to wait."""
    code = reply.headers.get("X-Error-Code", "")
    if reply.status in (200, 206):
        return
    if code == "GatedRepo" or (reply.status == 403 and not code):
        key = "Keep your key under Settings, Keys." if not network.key.value else "Then try again with the same key."
        raise UserError(
            f"{name.repo} comes only to those who accepted its terms.",
            f"Accept them on its page, {network.hub}/{name.repo}. {key}",
        )
    if code in ("RevisionNotFound", "EntryNotFound"):
        raise UserError(f"{name.repo} has no version or file of that name ({name}).", "Leave it out, or check it.")
    if reply.status in (401, 404) and network.key.value and reply.status == 401 and code != "RepoNotFound":
        raise UserError("The hub does not accept the key.", "Put in a valid one under Settings, Keys, or remove it.")
    if reply.status in (401, 404):
        raise UserError(
            f"There is no model {name.repo} on {network.host}, or it is not open to you.",
            "Check the name. For a private model keep your key under Settings, Keys.",
            field="path",
        )
    if reply.status == 429 or reply.status >= 500:
        raise Busy(network, reply.status, _seconds(reply.headers.get("Retry-After", "")))
    raise UserError(f"{network.host} refused the request (status {reply.status}).", "Try again later.")


class Unreachable(UserError):
    """The network fails; asking again may help."""

    seconds = 0.0


class Busy(UserError):
    """The hub asks to come back later; `seconds` says when, 0 where it does not say."""

    def __init__(self, network: Network, status: int, seconds: float) -> None:
        super().__init__(f"{network.host} is too busy to answer (status {status}).", "Try again in some minutes.")
        self.seconds = seconds


def _seconds(text: str) -> float:
    return min(float(text), 300.0) if text.isdigit() and len(text) < 6 else 0.0


def unreachable(network: Network, error: Exception) -> Unreachable:
    """The sentence for a network that fails."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(f"{network.host} cannot prove who it is.", "Check the clock of this machine.")
    if isinstance(error, TimeoutError):
        return Unreachable(f"{network.host} does not answer.", "Check the connection, then try again.")
    return Unreachable(f"{network.host} cannot be reached.", "Check the connection to the internet, then try again.")
