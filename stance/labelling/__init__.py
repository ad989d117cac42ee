"""From inputs of any size to rows: jobs, blocks, folders of parts that resume, and a Ray cluster."""
