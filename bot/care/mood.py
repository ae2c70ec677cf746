"""Whether a comment says that work weighs on somebody: one point at most, and only a hint.

A short list of English phrases about work, read without their context. It knows no irony, no other language
and no word that is not on it, so its silence means nothing: the comment may still be a call for help.
"""

import re

STRAIN = (
    "burn(?:ed|t|ing)? out",
    "burn-?out",
    "exhaust(?:ed|ing)",
    "worn out",
    "overwhelm(?:ed|ing)",
    "overwork(?:ed)?",
    "stress(?:ed|ful)",
    "breaking point",
    "too much work",
    "(?:can't|cannot|can not|couldn't) (?:cope|keep up|sleep|take (?:it|this))",
    "at my limit",
)
HEART = (
    "frustrat(?:ed|ing|ion)",
    "demotivat(?:ed|ing)",
    "demorali[sz](?:ed|ing)",
    "discourag(?:ed|ing)",
    "disappoint(?:ed|ing)",
    "fed up",
    "sick of",
    "miserable",
    "hopeless",
    "pointless",
    "waste of (?:my )?time",
    "nightmare",
    "awful",
    "terrible",
    "giv(?:e|ing) up",
    "(?:want|going|about|ready) to quit",
    "thinking (?:of|about) (?:quitting|leaving)",
)
PEOPLE = (
    "ignored",
    "disrespect(?:ed|ful)?",
    "micro-?manag(?:ed|ing|ement)",
    "toxic",
    "hostile",
    "harass(?:ed|ing|ment)",
    "bull(?:ied|ying)",
    "humiliat(?:ed|ing)",
    "blamed",
    "isolated",
    "lonely",
    "left out",
    "under(?:valued|appreciated)",
    "unappreciated",
    "(?:nobody|no one) (?:answers?|answered|replies|replied|responds?|responded|cares?|listens?)",
)
PAY = (
    "unpaid",
    "(?:not|never|haven't|hasn't|wasn't) (?:yet )?(?:been )?paid",
    "(?:late|missing|overdue) (?:payment|invoice)s?",
    "paid late",
    "(?:payment|invoice) (?:is|was) (?:still )?(?:late|missing|overdue)",
)
PHRASE = re.compile(rf"\b(?:{'|'.join(STRAIN + HEART + PEOPLE + PAY)})\b")
DENIED = re.compile(r"(?:\b(?:no|not|never|without|nothing|hardly|less)|n't)(?: [\w'-]+){0,2} $")


def sounds_negative(comment: str) -> bool:
    """Whether a phrase of the list is there and not denied within the three words before it."""
    text = re.sub(r"\s+", " ", comment.lower().replace("’", "'"))
    return any(not DENIED.search(text, max(0, found.start() - 60), found.start()) for found in PHRASE.finditer(text))
