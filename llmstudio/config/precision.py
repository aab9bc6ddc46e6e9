"""In how many bits a model's weights are held while it writes: what can be chosen, and what each choice costs."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from llmstudio.config.option import option


def _named(value: object) -> object:
    """The name that trainings use for 32 bits means the same here."""
    return "f32" if value == "fp32" else value


WritingPrecision = Annotated[Literal["auto", "f32", "bf16", "int8", "int4"], BeforeValidator(_named)]

AUTO_FROM = 30_000_000
"""Parameters from which auto takes 16 bits: smaller models write fast in any precision."""

WORDS: dict[str, tuple[str, str]] = {
    "auto": ("Automatic", "32 bits for small models, 16 for large ones"),
    "f32": ("32 bits", "exact"),
    "bf16": ("16 bits", "almost exact"),
    "int8": ("8 bits", "slightly worse"),
    "int4": ("4 bits", "clearly worse in small models"),
}
"""Title of each choice, and what is to be expected of it."""

_BYTES = {"f32": 4.0, "bf16": 2.0, "int8": 1.02, "int4": 0.625}  # for each weight of a matrix, scales counted


def auto(parameters: int) -> str:
    """What "auto" means for a model of so many parameters."""
    return "bf16" if parameters >= AUTO_FROM else "f32"


def weight_bytes(parameters: int, precision: str) -> int:
    """About the memory that the weights take; "auto" as it is settled for this size."""
    return round(parameters * _BYTES[auto(parameters) if precision == "auto" else precision])


def precision_option(group: str = "") -> WritingPrecision:
    """The option, as every place that lets a model write declares it."""
    chosen: WritingPrecision = option(
        "auto",
        title="Precision",
        help="Fewer bits write faster",
        long="How weights are held while the model writes. Each token needs all of them once, so that half the bytes "
        "are nearly twice the speed. f32 is exact. With bf16 (16 bits) the likeliest next token is another one in 2 of "
        "100 places, with int8 (8 bits, a scale for each 32 weights) in 3 of 100, and with int4 (4 bits, likewise) in "
        "30, measured on a model of 135 million parameters; perplexity moved by less than 0.1 %, by about 0.1 %, and "
        "by 46 %. Without a C compiler, or on another system than Linux, int8 has a scale for each row: then the token "
        "is another one in 5 of 100 places, and perplexity moves by half a percent. Weights that come from a 4-bit "
        "file lose hardly anything in int4. `llmstudio models quantize-check` measures yours. auto takes 32 bits for "
        "small models and 16 from 30 million parameters on.",
        group=group,
        advanced=True,
    )
    return chosen
