"""What is kept on disk: workspace, catalog, runs and their events; imports config and base."""
