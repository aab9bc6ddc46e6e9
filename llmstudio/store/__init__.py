"""What is kept on disk: workspace, catalogue, runs and their events, settings. May import config and base,
no Qt, no torch.
"""
