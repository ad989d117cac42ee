"""What is shown: the model card."""
