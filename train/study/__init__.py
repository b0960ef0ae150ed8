"""Studies: lists of trainings, carried out one by one and written as one table.

`published` declares the networks of published systems; `sources` holds sources out of recipes;
`conditions` trains nothing: it asks finished models for the same cells in other circumstances.
"""
