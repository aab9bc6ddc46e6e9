"""Parts shared by the tabs; they know neither tabs nor window."""
