"""How callers' words are read: words become kinds of words, kinds of words become what was meant.

``words`` and ``patterns`` turn an utterance into kinds of words and find patterns among them, ``languages`` holds what
is known of each language (``lexicons``), ``model`` weighs what was said (``models``), and ``answers`` reads yes and no.
"""
