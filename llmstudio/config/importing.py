"""What is imported as a model, and under which name."""

from llmstudio.config.option import Options, option


class ImportModelConfig(Options):
    """A folder or file of weights on this machine, or the id of a model on the hub ("owner/name")."""

    path: str = option(
        ...,
        title="Model",
        help="A folder, a file, or owner/name",
        long="A folder as Hugging Face's programs write it, a GGUF file, a llama2.c file, or a PyTorch file. "
        "owner/name is downloaded from the hub; a version may follow after @, one file of several after a colon.",
        group="Source",
    )
    name: str = option("", title="Name", help="What the model is called", group="Source")
    trust_pickle: bool = option(
        False,
        title="Read PyTorch files",
        help="They may contain code",
        long="PyTorch's own files (.bin, .pt) can carry programs. They are read in a locked-up process that runs "
        "none of them, and only where this is switched on. Prefer .safetensors.",
        group="Source",
        advanced=True,
    )
    accept_template: bool = option(
        False,
        title="Use its own chat template",
        help="A small program, run locked up",
        long="A model may bring a template that writes talks for it. It is a program and can put words into every "
        "talk, so it stays off until somebody accepts it; the nearest built-in template is used meanwhile. One that "
        "writes just what a built-in one writes needs no question.",
        group="Source",
        advanced=True,
    )
