"""What the pages of the book call; it needs SymPy, Matplotlib and IPython."""
