"""Three small tables that share rows and columns: what a shop knows of its customers and goods.

A shop with branches in six towns asked each customer how many of a few goods that customer buys in
a year; most goods it did not ask about. It also has the words of the goods' descriptions, and the
visits of each customer to each branch. Behind all three are four interests.
"""

from __future__ import annotations

import numpy as np

#: What the goods and the words are about, interest by interest.
GOODS = (
    ("watering can", "seed tray", "trowel", "compost", "rose bush", "rain barrel", "bird bath"),
    ("rye flour", "dough scraper", "bread tin", "yeast", "rolling pin", "sourdough jar", "sieve"),
    ("inner tube", "bell", "pannier", "chain oil", "front light", "pump", "puncture kit"),
    ("guitar strings", "metronome", "songbook", "capo", "music stand", "tuner", "plectrum"),
)
WORDS = (
    ("garden", "root", "spring", "soil", "bloom", "shade"),
    ("oven", "crust", "knead", "morning", "flour", "crumb"),
    ("wheel", "road", "ride", "spoke", "helmet", "hill"),
    ("chord", "melody", "rehearse", "string", "tempo", "stage"),
)
#: Each town's share of the visits of those with each interest.
TOWNS = {
    "Fernhollow": (5, 1, 0.3, 0.3),
    "Applewick": (4, 3, 0.3, 0.2),
    "Ovenbridge": (0.5, 5, 0.5, 0.5),
    "Upper Climb": (0.3, 0.3, 6, 0.4),
    "Saddlemouth": (0.3, 0.8, 4, 1.5),
    "Fiddlestone": (0.3, 0.3, 0.5, 6),
}
CUSTOMERS = [
    *("Ada", "Basil", "Carla", "Dmitri", "Edith", "Farid", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kaya", "Liam", "Mina", "Nils", "Olga", "Pablo", "Quinn", "Rosa", "Samir", "Tilda"),
    *("Umar", "Vera", "Wanda", "Xaver", "Yuki", "Zoe", "Anouk", "Bruno", "Celia", "Dunja"),
    *("Emil", "Fiona", "Goran", "Hana", "Igor", "Judith"),
]
#: Goods that each customer was asked about.
ASKED = 3


def shop_tables(seed: int) -> dict[str, str]:
    """Make the three tables, as CSV by their files' names."""
    rng = np.random.default_rng(seed)
    n_interests = len(GOODS)
    of_good, of_word = (
        np.repeat(5 * np.eye(n_interests) + 0.15, len(names[0]), axis=0)
        * rng.gamma(4, 1 / 4, (sum(map(len, names)), 1))
        for names in (GOODS, WORDS)
    )
    of_customer = rng.dirichlet(np.full(n_interests, 0.25), len(CUSTOMERS)) + 0.02
    of_town = np.array(list(TOWNS.values()))
    goods, words = ([name for names in group for name in names] for group in (GOODS, WORDS))

    bought = rng.poisson(2.5 * of_customer @ of_good.T)
    asked = rng.random(bought.shape).argsort(axis=1) < ASKED
    wide = ["customer/good," + ",".join(goods)]
    for name, line, known in zip(CUSTOMERS, bought, asked, strict=True):
        cells = (str(n) if k else "" for n, k in zip(line, known, strict=True))
        wide.append(",".join((name, *cells)))

    counts = rng.poisson(0.25 * of_good @ of_word.T)
    long = ["good,word,count"]
    for i in rng.permutation(len(goods)):
        long += [f"{goods[i]},{words[j]},{counts[i, j]}" for j in np.flatnonzero(counts[i])]

    visits = rng.poisson(4.0 * of_customer @ of_town.T)
    order = rng.permutation(len(CUSTOMERS))
    towns = ["customer/town," + ",".join(TOWNS)]
    towns += [",".join((CUSTOMERS[i], *map(str, visits[i]))) for i in order]
    return {
        name: "\n".join(lines) + "\n"
        for name, lines in (
            ("shop_customer_good.csv", wide),
            ("shop_good_word.csv", long),
            ("shop_customer_town.csv", towns),
        )
    }
