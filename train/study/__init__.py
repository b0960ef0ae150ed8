"""Studies: what is carried out one by one and written as one table.

`published` declares the networks of published systems, and `sources` holds sources out of recipes:
these train. The others ask what is trained already: `conditions` for the same cells in other
circumstances, `views` for unseen cells in other views, `fields` for the cells of whole
fields, `crops` for cells with more and more of what lies around them.
"""
