"""The Tokenizer tab: cut text, compare, look at vocabularies and merges, train and keep tokenizers."""
