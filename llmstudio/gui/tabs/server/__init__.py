"""The Server tab: starts and stops the local API server, and shows who asks it what. Other tabs are strangers."""
