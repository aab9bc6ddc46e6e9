"""The Evaluate tab: what models were measured to be, side by side, and where they differ. Other tabs are strangers."""
