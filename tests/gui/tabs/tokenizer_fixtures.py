"""A small trained tokenizer for the tests of the Tokenizer tab."""

from llmstudio.config.tokenizer import TokenizerConfig
from llmstudio.data.tokenizers import train
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace
from tests.gui.tabs.data_fixtures import STORIES


def keep_tokenizer(workspace: Workspace, title: str = "Stories pieces") -> Kept:
    """Byte pairs learned from the small stories, kept."""
    config = TokenizerConfig(dataset="stories", kind="bpe", vocab_size=300)
    tokenizer = train.train(config, "new", 300, STORIES)
    with catalog.keep(workspace, "tokenizer", title) as keeping:
        tokenizer.name = keeping.id
        tokenizer.save(keeping.folder)
        keeping.facts["bytes_per_token"] = 2.5
    return catalog.find(workspace, "tokenizer", title)
