"""What the longer commands do: call the rooms in order, print, and write the JSON that was asked for."""
