"""The study of crops: how much of a field may a picture of one cell show?"""
