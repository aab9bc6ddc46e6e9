"""The GPT engine on torch: model, trainer, generation; imports data, config and base."""
