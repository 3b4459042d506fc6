"""The study's published triplet rule over all terms, as an ordinary research script: it writes the 434,116 rows as CSV.

    python published_2024.py [--dict] OUT.csv    writes the file
    python published_2024.py [--dict]            only generates the rows; prints their number and the seconds as JSON

By default a name is searched in the tree, as tree libraries do it (anytree.find_by_attr); with --dict it is looked up in
a dict, which is the easy improvement.

The tree, the rule and its slips are kept exactly (two misplaced branches, -1 compared as if it were a distance, terms
that are rewritten while the loops still use them), so that the file is byte-identical with the published one:
sha256 6d6e5b3067cf856f7c686c1fc08739027fd1522fd4e75045489558cd0781b9ee, which is checked by the benchmark.

Paths are walked to the root at every comparison, as the study does; distances are not cached. Standard library only.
"""

import csv
import json
import sys
import time

# Category -> its children; a list holds leaves, a dict further categories. In the order of the published chart.
INSTRUMENT = {
    "stringed": {
        "bowed": ["violin", "viola", "violoncello", "contrabass"],
        "plucked": ["guitar", "banjo", "ukulele", "harp", "harpsichord"],
        "struck": ["hammered_dulcimer", "piano"],
    },
    "wind": {
        "pipe_aerophones": {
            "edge": {
                "whistle_flutes": ["whistle", "recorder", "organ_flue_pipes"],
                "true_flutes": ["jug", "panpipes", "flute", "piccolo"],
            },
            "reed_pipe": {
                "single_reeds": ["clarinet", "saxophone", "single_reed_bagpipe"],
                "double_reeds": ["oboe", "bassoon", "double_reed_bagpipe"],
            },
            "brass": {
                "without_valves": ["conch_shell", "animal_horn_shofar", "didjeridu", "bugle", "trombone"],
                "with_valves": ["trumpet", "cornet", "french_horn", "euphonium", "tuba"],
            },
        },
        "free_aerophones": {
            "beating_reed": {
                "single_reed": [
                    "hautbois", "fagotto", "chalumeau", "krummhorn", "clairon", "trompette", "trompette en chamade",
                ],
                "double_reed": ["voice"],
            },
            "free_reed": {
                "unframed_reed": {
                    "wind_blown": ["bull_roarer", "aeolian_harp"],
                    "mouth_blown": ["leaf_instrument"],
                    "mouth_blown_and_plucked": ["jew_harp"],
                },
                "framed_reed": {
                    "mouth_blown": ["sheng", "sho", "khaen", "harmonica"],
                    "hand_blown": ["concertina", "bandoneon", "bayan", "accordion", "indian_harmonium"],
                    "foot_blown": ["harmonium", "reed_organ", "pedal_concertina"],
                    "mechanically_blown": ["barrel_organ", "orchestrion", "pedal_reed_organ", "electric_chord_organ"],
                },
            },
        },
    },
    "percussion": {
        "idiophones": {
            "pitched": {
                "struck": ["triangle", "bell", "gong", "cymbal", "xylophone", "marimba", "celesta"],
                "rubbed": ["prayer_bowls", "glass_harmonica"],
                "plucked": ["music_box", "kalimba", "mbira"],
            },
            "unpitched": {
                "struck": ["slit_drum", "castanets"],
                "shaken": ["rattle", "jingles"],
            },
        },
        "membranophone": {
            "determinate_pitch": {"struck": ["timpani", "roto_toms"]},
        },
        # The first slip: in the chart this is a kind of membranophone.
        "indeterminate_pitch": {
            "struck": ["snare_drum", "bass_drum", "bongos", "congas", "tambourine"],
            "rubbed": ["friction_drum"],
            "blown": ["kazoo"],
        },
    },
}

# The second slip: in the chart this is a kind of instrument, not a sibling of it.
ELECTROPHONE = {
    "electroacoustic": ["electric_guitar", "electric_bass", "fender_rhodes_electric_piano", "electric_violin"],
    "electronic": {
        "electromagnetic": ["theremin", "ondes_martenot", "electric_organ", "synthesizer"],
        "digital": ["midi_keyboard", "midi_wind_controller", "midi_drum_machine", "midi_guitar", "midi_accordion"],
    },
}


class Node:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)

    def path(self):
        """Names from the root to this node."""
        node, names = self, []
        while node is not None:
            names.append(node.name)
            node = node.parent
        return names[::-1]


def grow(parent, below):
    if isinstance(below, list):
        for name in below:
            Node(name, parent)
    else:
        for name, children in below.items():
            grow(Node(name, parent), children)


def walk(node):
    """Depth first, parents before children."""
    yield node
    for child in node.children:
        yield from walk(child)


root = Node("root")
grow(root, {"instrument": INSTRUMENT, "electrophone": ELECTROPHONE})

by_name = {}
for node in walk(root):
    by_name.setdefault(node.name, node)  # the first of several nodes with one name


def search(name, node=root):
    """The first node of that name, depth first; None when there is none."""
    if node.name == name:
        return node
    for child in node.children:
        found = search(name, child)
        if found is not None:
            return found
    return None


find = by_name.get if "--dict" in sys.argv else search
leaves = {node.name for node in walk(root) if not node.children}
terms = [node.name for node in walk(root)][2:]  # without the root and `instrument`


def distance(x, y):
    """Edges between two terms; -1 for an unknown name and for terms that share nothing below `instrument`."""
    first, second = find(x), find(y)
    if first is None or second is None:
        return -1
    a, b = first.path(), second.path()
    common = 0
    while common < min(len(a), len(b)) and a[common] == b[common]:
        common += 1
    if common == 2:
        return -1
    return len(a) + len(b) - 2 * common


def spoken(term):
    return term if term in leaves or "instruments" in term else term + " instruments"


def triplets():
    for i, anchor in enumerate(terms):
        for positive in terms[i + 1:]:
            if anchor == positive:
                continue
            p = distance(anchor, positive)
            if p <= 0:
                continue
            for negative in terms:
                if negative != anchor and negative != positive and distance(anchor, negative) < p:
                    # Both outer loops go on with the rewritten names, which resolve to nothing from here on.
                    anchor, positive, negative = spoken(anchor), spoken(positive), spoken(negative)
                    yield anchor, positive, negative


if __name__ == "__main__":
    files = [argument for argument in sys.argv[1:] if argument != "--dict"]
    if files:
        with open(files[0], "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["anchor", "positive", "negative"])
            writer.writerows(triplets())
    else:
        start = time.perf_counter()
        rows = sum(1 for _ in triplets())
        print(json.dumps({"rows": rows, "seconds": time.perf_counter() - start}))
