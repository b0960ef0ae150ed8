"""The study of conditions: how finished models answer the same cells under other circumstances.

`changes` makes a picture as another microscope, stain, camera or cut would have given it, `perform`
asks the models, and `table` writes down what each circumstance costs.
"""
