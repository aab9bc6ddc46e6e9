"""From files to documents to tokens; imports config and base, never store, torch or Qt."""
