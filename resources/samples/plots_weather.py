"""Plots about storms, floods, the dark and other things one is afraid of."""

from story_openings import opening
from story_teller import Story

_STORMS = (
    ("a storm", "summer autumn spring", "the sky turned the colour of slate", "the thunder rolled over the roofs"),
    (
        "a flood",
        "spring autumn",
        "the river rose over the first step, then the second",
        "brown water ran through the lane",
    ),
    ("a snowstorm", "winter", "the first flakes were as big as feathers", "the road was gone under the snow"),
    ("a fog", "autumn winter spring", "a white fog came up from the river", "nobody could see his own hand"),
    ("a hail shower", "summer spring", "stones of ice began to hop on the road", "the hail broke leaves and windows"),
)


def storm(s: Story) -> None:
    """Bad weather surprises somebody with an animal; they find shelter or are brought home."""
    h, w = s.anyone("h"), s.adult("w")
    a = s.animal("a")
    place, shelter = s.place("p"), s.place("q")
    name, seasons, sign, height = s.pick(_STORMS)
    opening(s, *seasons.split())
    s.put(storm=name, first=sign, height=height)
    s.say("{h.intro} was {p} with {a} the {a.kind} [that [day|afternoon|evening]|to pass the time].")
    s.say("{h.he} did not [look up|notice] until {first}. It was {storm}, and soon {height}.")
    s.ask("What weather surprised {h}?", "{storm}")
    s.feel("h", "scared")
    s.turn()
    if s.chance(0.4):
        s.say(
            "{a} {a.sound} and [pulled|pushed] {h.him} along the wall, [step by step|yard by yard|without stopping], to the door of {q.the}. {a} knew the way, because {a.he} had once been given {a.loves} there."
        )
        s.ask("Who knew the way?", "{a} the {a.kind}")
        s.say(
            "there they sat and waited, and {h.he} warmed {h.his} hands in {a.his} [coat|feathers]."
            if a.kind in ("hen", "duck", "goose", "crow", "dog", "cat", "lamb")
            else "there they sat and waited, and {h.he} warmed {h.his} hands on {a.his} neck."
        )
        s.turn()
        s.say("when {storm} was over, {h} gave {a} all the {loves} {a.he} could eat.".replace("{loves}", a.loves))
        s.close("h", "thankful")
    elif s.chance(0.6):
        s.say(
            'then {h.he} heard [a voice|a bell|a horn|three knocks on wood]. It was {w.intro} with a [lantern|torch|long pole]. "[Hold my hand|Take this rope|Step where I step]," {w.he} called, "and do not [let go|look back|stop]."'
        )
        s.ask("Who came to help?", "{w} the {w.trade}")
        s.say(
            "together they reached {q.the}, where [a fire was burning|it was warm and dry|somebody had left the door open]."
        )
        s.turn()
        s.say(
            "they drank [hot milk|tea with honey|broth from one bowl|cider] while {storm} [howled|passed] outside, and {a} slept [under the table|in the straw|beside the stove]."
        )
        s.close("h", s.pick(("thankful", "happy")))
    else:
        s.say("{h.he} ran, but {a} [was slower|stayed behind], and when {h.he} looked round, {a} was gone.")
        s.say("{h.he} called until {h.his} voice was hoarse. Nobody answered.")
        s.turn()
        if s.chance(0.5):
            s.say(
                "in the morning there was a [sound|scratching|thump] at the door. It was {a}, [wet and dirty|with a thorn in one foot|covered with leaves], and {a.he} {a.sound}."
            )
            s.close("h", "happy")
        else:
            s.say(
                "{h} sat at the [window|gate] all night with a [candle|lamp], and the place by the [stove|wall] stayed empty."
            )
            s.close("h", "sad")
    del w, place, shelter


_FEARS = (
    ("the dark", "every shadow had long fingers", "the fingers were only twigs that moved in the wind"),
    ("the geese", "they hissed like kettles", "they only wanted the corn in the bucket"),
    ("deep water", "it looked as black as ink", "it carried you if you lay still"),
    ("the bell tower", "something groaned there at night", "the groaning was an old door in the wind"),
    ("the beech wood", "two green eyes looked out of it", "the green eyes were those of a cat"),
    ("the empty house", "there were steps on its stairs", "the steps were those of a hedgehog"),
    ("the great dog of the quarry", "it barked like three dogs", "the dog was old and wanted to be scratched"),
)


def fear(s: Story) -> None:
    """Somebody is afraid of something, has to go there for a reason, and learns what it really is, or runs."""
    h, f = s.child("h"), s.child("f")
    w = s.world.parent(h)
    fear_name, why, truth = s.pick(_FEARS)
    s.put(fear=fear_name, why=why, truth=truth, m=w)
    o = s.thing("o", "metal", "wood", "leather", "cloth")
    opening(s)
    s.say("{h.intro} was afraid of {fear}, because {why}.")
    s.ask("What was {h} afraid of?", "{fear}")
    s.know("h", 0.4)
    s.say(
        "{f} knew it and [laughed about it|did not laugh about it|kept it to {f.himself}|had been afraid of the same thing once].",
        "nobody knew it but {f}.",
    )
    s.turn()
    s.say(
        "one evening {h.his} {m.elder} {m} [needed|asked for] {o}, and the only way to it led past {fear}."
        if fear_name not in ("the dark", "deep water")
        else "one evening {h.his} {m.elder} {m} [needed|asked for] {o}, and it had been left on the other bank, where one had to cross by boat."
        if fear_name == "deep water"
        else "one evening {h.his} {m.elder} {m} [needed|asked for] {o}, and it had been left in the far barn, where there was no lamp."
    )
    s.feel("h", "scared")
    if s.chance(0.65):
        s.say(
            '"[I will count, and you walk|I will sing so that you hear me|Take my hat, it has never been afraid|Look at your feet and nowhere else]," said {f}. {h} took one step, and then [another|ten more|two at a time].',
            "{h.he} took a deep breath and [counted to twenty|whistled a tune|thought of supper|clenched {h.his} fists].",
        )
        s.say(
            "and when {h.he} was [quite near|close enough|there at last], {h.he} [saw|noticed|discovered] that {truth}."
        )
        s.ask("What did {h} find out?", "that {truth}")
        s.turn()
        s.say(
            '{h} brought {o} home. "[Were you not afraid|Did you meet anybody]?" asked {m}. "[Only at first|Only until I looked]," said {h}.'
        )
        s.close("h", s.pick(("proud", "happy")))
    else:
        s.say(
            "{h.he} went as far as the [corner|last lamp], and there {h.he} [turned|ran back] and said that {o} could not be found."
        )
        s.turn()
        s.say("{m} went {h.self} and came back with {o} under one arm.".replace("{h.self}", w.himself))
        s.say(
            '"[Next time we go together|Being afraid is no crime]," {m.he} said. "[Telling stories is|But tell me the truth]."'.replace(
                "[Telling stories is|But tell me the truth]", "But tell me the truth"
            )
        )
        s.close("h", "sorry")
    del f, o


_PLANTS = (
    ("a bean", "beans"),
    ("a pumpkin seed", "pumpkins"),
    ("a sunflower seed", "sunflowers"),
    ("a pea", "peas"),
    ("an onion", "onions"),
    ("a cherry stone", "cherries"),
    ("a turnip seed", "turnips"),
    ("a grain of maize", "corn cobs"),
    ("a tulip bulb", "tulips"),
)


def garden(s: Story) -> None:
    """Two children plant the same seed; care, weather and patience decide what comes up."""
    h, f = s.child("h"), s.child("f")
    w = s.adult("w", s.pick(("gardener", "farmer", "herb woman")))
    seed, fruit = s.pick(_PLANTS)
    s.put(seed=seed, fruit=fruit, bad=s.pick(("slugs", "frost", "weeds", "sparrows", "a long dry month")))
    s.say(
        "it was spring in Pell, and {w.intro} gave {h} and {f} {seed} each.",
        "in the first warm week of the year {w.intro} gave {h} and {f} {seed} each.",
    )
    s.say(
        '"[Water it every evening|Give it water and do not forget the weeds]," {w.he} said. "The rest is [waiting|patience]."'
    )
    s.ask("What did {w} give the children?", "{seed} each")
    s.know("w", 0.4)
    s.turn()
    s.say(
        "{h} [came every evening|never missed an evening|carried water in [a can|a boot|a teapot]]. {f} came [for a week|twice], and then the [river|swing|kite] was more fun."
    )
    s.say(
        "in early summer came {bad}. {h} [sat up half the night|worked until dark|built a little roof|asked everybody for advice] to save the little plant; {f} [slept|did not even know]."
    )
    s.ask("What came in early summer?", "{bad}")
    s.turn()
    if s.chance(0.7):
        s.say(
            "by autumn {h} had more {fruit} than {h.he} could [carry|count|give away], and where {f} had planted there was [bare earth|a dry stalk|only a thistle]."
        )
        if s.chance(0.5):
            s.say("{h} put [three|some] of the {fruit} on {f}'s doorstep without a word.")
            s.close("f", s.pick(("thankful", "sorry")))
        else:
            s.say(
                '"[You have a green thumb|So that is what patience looks like]," said {w}, and hung the best of the {fruit} over the door of the market hall.'
            )
            s.close("h", "proud")
    else:
        s.say("but one night it was too much, and in the morning the plant lay flat on the ground.")
        s.feel("h", "sad")
        s.say(
            '"[It happens to every gardener|Even good work can fail]," said {w}. "There is always another spring." And {w.he} gave {h.him} a second seed to keep over the winter.'
        )
        s.close("h", s.pick(("sad", "thankful")))
