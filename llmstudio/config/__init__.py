"""What a person can set: options as pydantic models, and arithmetic on them; imports base only."""
