"""What is shown: tables on the terminal, the model card, the explanation and the report."""
