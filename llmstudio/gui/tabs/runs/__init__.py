"""The Runs tab: every training there was, compared. Other tabs are strangers."""
