"""Short letters to a village's newsletter, each about one of six things: a corpus of known topics.

    >>> letters(seed=1)[0]["label"]

A letter takes a handful of things from its theme and writes sentences about them by templates, so
that its words come again as they do in letters that people write. Every third letter strays into
another theme for a sentence or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: For how many things a letter has words.
_FOCUS = 5
_GREETINGS = (
    "Dear editor,", "Dear neighbours,", "Good morning, everybody,", "To all readers,",
    "Dear friends,", "Hello from the upper street,",
)  # fmt: skip
_OPENINGS = (
    "I have wanted to write about this for a long time.",
    "Thank you for last week's page, which we read aloud at breakfast.",
    "Some of you will have heard the news already.",
    "You asked for letters, so here is mine.",
    "My sister says that nobody will read this, but I shall try.",
    "It has been a busy month for us.",
)
_CLOSINGS = (
    "Write to me if you know better.", "More about that next month.",
    "I should be glad to hear what others think.", "Please keep Saturday free.",
    "With warm regards from all of us.", "Thank you for your patience.",
    "Ask at the corner house if you would like to help.",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """What letters on one theme are made of; {} in a sentence is one of the things."""

    label: str
    things: tuple[str, ...]
    sentences: tuple[str, ...]


THEMES = (
    Theme(
        "garden",
        ("roses", "tomatoes", "the compost", "apple trees", "seedlings", "slugs", "the hedge",
         "onions", "beans", "the greenhouse", "tulip bulbs", "weeds", "lavender", "pumpkins"),
        ("This spring {} did better than ever in our garden.",
         "After the frost I dug up {} and spread fresh soil from the compost heap.",
         "The leaves around {} turned yellow, so we watered the soil twice a day.",
         "Does anybody prune {} before the blossom opens?",
         "I planted {} beside {} and the whole flower bed grew.",
         "Last autumn the roots of {} began to rot in the wet soil.",
         "With a spade, a watering can and some seeds you can look after {} for years.",
         "Our gardener swears that {} and {} should never share one bed.",
         "We harvest {} in baskets and leave the rest for the birds and the worms."),
    ),
    Theme(
        "baking",
        ("sourdough", "the oven", "rye flour", "butter", "yeast", "plum cake", "the dough",
         "gingerbread", "cream", "almonds", "cinnamon", "the crust", "biscuits", "honey"),
        ("My grandmother's recipe says to knead {} until it shines.",
         "Put {} into a bowl, stir in sugar and eggs, and let it rest overnight.",
         "The baker in the mill lane warms {} before she weighs the flour.",
         "If {} tastes bitter, add a pinch of salt and a spoon of sugar.",
         "We baked {} with {} and the kitchen smelled of it for days.",
         "How long do you bake {} when the oven is old and slow?",
         "For the feast we need {} for sixty guests, and two more baking tins.",
         "The recipe with {} wants cold butter and a hot tray.",
         "Whoever ate {} at the fair asked me for the recipe, eggs and all."),
    ),
    Theme(
        "railway",
        ("the night train", "the platform", "tickets", "the signal box", "the timetable",
         "the branch line", "the conductor", "the station clock", "freight wagons",
         "the level crossing", "the waiting room", "sleepers", "the steam engine", "the viaduct"),
        ("On Monday {} was late again and forty passengers stood in the rain at the station.",
         "The railway wants to close {} although more passengers travel each year.",
         "From our window we watch {} and count the carriages.",
         "They painted {} green, but nobody repaired the rails.",
         "My uncle drove {} for thirty years and never missed a departure.",
         "Between {} and {} there is room for another track.",
         "Could the railway print {} in larger letters for older travellers?",
         "The engineers measured {} and found the rails two fingers too low.",
         "A journey to the coast costs too much when {} and the connection do not fit."),
    ),
    Theme(
        "choir",
        ("the altos", "the organ", "the tenors", "our conductor", "the cantata", "the rehearsal",
         "the piano", "the sopranos", "the carols", "a new hymn", "the violins", "the concert",
         "the basses", "the score"),
        ("On Thursday {} sang so softly that we heard the rain on the chapel roof.",
         "We shall practise {} until the melody sits, bar by bar.",
         "The second verse is too high for {} and too slow for the rest of the singers.",
         "Somebody must tune {} before the concert.",
         "When {} and {} begin together, the harmony gives me goose bumps.",
         "The music for {} was printed in the wrong key.",
         "We look for singers who can read notes and stand beside {} at Christmas.",
         "After the music {} got flowers and long applause.",
         "Our choir recorded {} and the melody has been in my ear since."),
    ),
    Theme(
        "cycling",
        ("the chain", "my brakes", "the rear wheel", "the saddle", "a flat tyre", "the gears",
         "the cycle path", "the bell", "the pump", "my helmet", "the pedals", "the spokes",
         "the frame", "the tandem"),
        ("On the hill behind the mill {} broke and I pushed my bicycle home.",
         "A drop of oil on {} and the bicycle runs like new.",
         "Our Sunday ride had to stop because of {} and a lost spanner.",
         "The workshop will repair {} for nothing if you bring the tools.",
         "First loosen {} and then turn {} half a round with a spanner.",
         "Riders who forget {} should not wonder when they fall in the bend.",
         "Before you lend a bicycle to a child, look at {} and at the lights.",
         "We rode sixty miles against the wind, and {} held.",
         "Has anybody found {} on the road to the bicycle shop?"),
    ),
    Theme(
        "health",
        ("the flu", "a cough", "the vaccine", "the nurse", "blood pressure", "the pharmacy",
         "hay fever", "the dentist", "the tablets", "back pain", "the clinic", "the bandage",
         "a sore throat", "sleep"),
        ("This winter {} kept half of the patients waiting in the doctor's hall.",
         "The doctor says that {} should be checked once a year.",
         "Against {} my mother takes herbal tea and the doctor's pills.",
         "Please tell the surgery at once if {} gets worse or a fever comes.",
         "A talk about {} and {} will be held for patients and their families.",
         "The medicine for {} costs more than it did, and the symptoms come back.",
         "Two days in bed helped me more with {} than any medicine.",
         "Young doctors learn about {} but rarely have time to listen to patients.",
         "Those who fear {} may bring a friend to the surgery."),
    ),
)  # fmt: skip


def letters(seed: int, n_letters: int = 210) -> list[dict[str, str]]:
    """Write letters on all themes in turn, each with an "id", a "label" and its "text"."""
    rng = np.random.default_rng(seed)
    written = []
    for number in range(n_letters):
        theme = THEMES[number % len(THEMES)]
        lines = [_pick(rng, _GREETINGS), _pick(rng, _OPENINGS)]
        lines += _sentences(rng, theme, int(rng.integers(4, 9)))
        if rng.random() < 1 / 3:
            other = THEMES[rng.choice([i for i in range(len(THEMES)) if THEMES[i] is not theme])]
            lines += _sentences(rng, other, int(rng.integers(1, 3)))
        lines.append(_pick(rng, _CLOSINGS))
        letter = {"id": f"letter{number + 1:03}", "label": theme.label, "text": " ".join(lines)}
        written.append(letter)
    return written


def _sentences(rng: np.random.Generator, theme: Theme, n_sentences: int) -> list[str]:
    """Write different sentences about few things."""
    focus = rng.choice(theme.things, _FOCUS, replace=False)
    templates = rng.choice(theme.sentences, min(n_sentences, len(theme.sentences)), replace=False)
    return [str(template).format(*rng.choice(focus, 2, replace=False)) for template in templates]


def _pick(rng: np.random.Generator, lines: tuple[str, ...]) -> str:
    return lines[rng.integers(len(lines))]
