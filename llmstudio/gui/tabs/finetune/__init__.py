"""The Fine-tune tab: a model learns a task from labelled rows; before, during and after. Other tabs are strangers."""
