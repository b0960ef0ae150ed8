"""How good a network is, in whatever form it comes: figures with intervals, plots, one report.

subject  what is judged: a training run, a TFLite or an ONNX file -> probabilities of cells
cells    what it is judged by: the cells of a part of a source, and whether it may know them
figures  the numbers, each with its interval over independent cells
plots    a module per picture
report   one HTML page and one JSON file
"""
