"""Detects words of a query that the built-in model doesn't understand, in English only.

Its classes are kinds of animals and things, so it does not know people, colours, actions, moods or
weather (``data/MODEL_CARD.md``). Words that also name something that it knows ("orange", "rose",
"train") are not listed, and words in the name of a thing ("golden retriever") are ignored.
"""

from __future__ import annotations

import re

_PEOPLE = (
    "people person persons man men woman women boy boys girl girls child children kid kids baby "
    "babies adult adults family families friend friends crowd crowds couple couples face faces "
    "portrait portraits selfie selfies mother father mum mom dad grandmother grandfather grandma "
    "grandpa sister brother daughter son wife husband aunt uncle teenager teenagers somebody "
    "someone everybody smile smiles tourist tourists team"
)
_COLOURS = (
    "red green blue yellow white black grey gray brown purple violet pink turquoise colourful "
    "colorful golden dark bright beige crimson scarlet monochrome"
)
_ACTIONS = (
    "running walking jumping swimming dancing eating drinking sleeping sitting standing smiling "
    "laughing crying playing reading writing cooking working climbing singing talking hugging "
    "kissing flying riding driving fishing waving shouting kneeling celebrating holding wearing "
    "looking lying skating surfing throwing catching"
)
_STYLES = (
    "blurry sharp vintage retro happy sad funny beautiful ugly romantic cosy cozy lonely abstract "
    "minimalist artistic moody dramatic empty crowded"
)
_AGES = "old young new ancient modern tiny huge"
_TIMES = "sunset sunrise dusk dawn night evening morning"
_SEASONS = "winter summer autumn spring"
_WEATHER = "rain rainy snowing foggy cloudy sunny storm"
_OCCASIONS = (
    "birthday birthdays christmas easter wedding weddings anniversary graduation holiday holidays "
    "party parties festival concert ceremony celebration"
)
_KINDS = (
    ("people", frozenset(_PEOPLE.split())),
    ("colours", frozenset(_COLOURS.split())),
    ("actions", frozenset(_ACTIONS.split())),
    ("moods and styles", frozenset(_STYLES.split())),
    ("ages and sizes", frozenset(_AGES.split())),
    ("times of day", frozenset(_TIMES.split())),
    ("seasons", frozenset(_SEASONS.split())),
    ("weather", frozenset(_WEATHER.split())),
    ("occasions", frozenset(_OCCASIONS.split())),
)
_NAMES = (
    "african grey|baby bib|black and gold|black and tan|black bear|black grouse|black stork|"
    "black swan|black widow|blue heron|blue jean|blue jay|brown bear|christmas stocking|"
    "christmas tree|dark glasses|fishing rod|fishing reel|golden retriever|grand piano|"
    "gray fox|gray owl|gray whale|gray wolf|green iguana|green lizard|green mamba|green snake|"
    "grey fox|grey owl|grey parrot|grey whale|grey wolf|kerry blue|night snake|old english|"
    "rain barrel|red admiral|red fox|red panda|red setter|red wine|red wolf|rocking chair|"
    "running shoe|sleeping bag|swimming cap|swimming pool|swimming trunk|walking stick|"
    "west highland white|white fox|white heron|white shark|white stork|white wolf"
)
_NAME = re.compile(rf"\b(?:{_NAMES.replace(' ', '[ -]')})s?\b")
_WORD = re.compile(r"[^\W\d_]+")


def limit_of(text: str) -> str | None:
    """Return one sentence on the part of ``text`` that the built-in model can't know, or None."""
    words = _WORD.findall(_NAME.sub(" ", text.casefold()))
    matches = [(kind, word) for word in words for kind, vocabulary in _KINDS if word in vocabulary]
    if not matches:
        return None
    kind, word = matches[0]
    return f"The built-in model doesn't understand {kind} (“{word}”); CLIP does."
