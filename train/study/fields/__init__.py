"""The study of fields: are all white cells of a photograph found, and named rightly?"""
