"""How right could a network be in a laboratory, had it learnt from that laboratory's own labels?"""
