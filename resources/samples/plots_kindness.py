"""Plots about helping, sharing, being ill, strangers at the door and presents."""

from story_openings import opening
from story_teller import Story


def share(s: Story) -> None:
    """Somebody with food meets somebody hungry and shares or does not; later the places are changed."""
    h, f = s.child("h"), s.child("f")
    s.food("e"), s.food("d")
    s.place("p")
    opening(s)
    s.say("{h.intro} had {e} for [dinner|the long walk], and {h.he} took it along to {p.the}.")
    s.say(
        "there {h.he} met {f}, who had [dropped {f.his} dinner in the river|left {f.his} bag at home|eaten nothing since the morning|lost {f.his} bag to a [goat|crow|big dog]|been sent out without breakfast]."
    )
    s.say('"I am so hungry that I could eat [a boot|the table|a fence|a raw turnip|two horses|the soap]," said {f}.')
    s.know("f", 0.4)
    s.turn()
    if s.chance(0.5):
        s.say(
            "{h} looked at {e.the}. It was not very big. [Then|But] {h.he} [broke|cut|tore] it in two and gave {f} the [bigger|larger|nicer] half."
        )
        s.ask("What did {h} share with {f}?", "{e}")
        s.feel("f", "thankful")
        s.turn()
        s.say(
            "[a week later|some days later|at the end of the month] {h} came to school with [an empty bag|nothing to eat|only an apple core], because [the stove had gone out|the dog had been quicker|there had been a quarrel over breakfast|the milk was sour]."
        )
        s.say(
            'before {h.he} could say a word, {f} put {d} on {h.his} desk. "[Half of this is yours|Now it is my turn]," said {f}.'
        )
        s.close("h", s.pick(("happy", "thankful")))
    else:
        s.say('"It is only enough for one," said {h}, and ate all of it with {h.his} back turned.')
        s.ask("Did {h} share with {f}?", "no, {h.he} ate all of it")
        s.feel("f", s.pick(("sad", "angry")))
        s.turn()
        s.say(
            "a week later it was {h} who had nothing, and {f} sat [there|on the wall|under a tree] with {d}. {h} did not dare to ask."
        )
        if s.chance(0.6):
            s.say(
                '"[Come here|Sit down]," said {f}, and cut {d.the} in two. "[I remember how it feels|Being hungry is no fun]."'
            )
            s.close("h", "sorry")
        else:
            s.say('"It is only enough for one," said {f}. {h} knew [those words|where {f.he} had them from].')
            s.close("h", "sad")
    del h, f


_STUCK = (
    (
        "cart",
        "{w.his} cart was stuck in the mud up to the axle",
        "a plank under the wheel",
        "pushed until the wheel came free",
    ),
    (
        "boat",
        "{w.his} boat had come loose and was drifting to the weir",
        "a rope with a hook",
        "pulled it back to the bank",
    ),
    ("roof", "the wind had taken three tiles from {w.his} roof", "a long ladder", "carried the tiles up one by one"),
    (
        "ladder",
        "{w.his} ladder had fallen, and {w.he} could not come down from the apple tree",
        "two strong arms",
        "set the ladder up again",
    ),
    ("well", "{w.his} bucket had sunk to the bottom of the well", "a magnet on a string", "fished until it came up"),
    (
        "chimney",
        "a stork's nest had blocked {w.his} chimney, and the house was full of smoke",
        "a broom on a pole",
        "moved the nest to the next roof",
    ),
    (
        "barrel",
        "{w.his} barrel of plums was rolling down the hill",
        "a good pair of legs",
        "ran ahead and stopped it with a sack of straw",
    ),
    (
        "fence",
        "the sheep had broken {w.his} fence and were eating the beans",
        "a pocket full of salt",
        "led them back one after the other",
    ),
)


def rescue(s: Story) -> None:
    """Somebody is in trouble, another has the right means; the thanks are useful later."""
    h, w = s.child("h"), s.adult("w")
    s.adult("z")
    what, trouble, means, deed = s.pick(_STUCK)
    s.put(what=what, means=means)
    s.put(trouble=s.text(trouble), deed=s.text(deed), goods=w.goods)
    s.place("p")
    opening(s)
    s.say(
        "[early one morning|on the way to school|late one evening] {h.intro} met {w.intro}. {trouble}.".replace(
            "{trouble}", "It was plain what was wrong: {trouble}"
        )
    )
    s.know("w", 0.4)
    s.feel("w", s.pick(("angry", "sad", "scared")))
    s.ask("Why did {w} need help?", "because {trouble}")
    s.turn()
    s.maybe(
        "{z.intro} had come by before, but {z.he} was in a hurry and [looked the other way|only shook {z.his} head|said that it was none of {z.his} business]."
    )
    s.say(
        '"[Wait|I know something|Do not move|Leave it to me|That is easy]," said {h}. "[All we need is|What helps here is] {means}."'
    )
    s.say(
        "{h.he} [ran|went|raced|cycled] {p_to}, came back [out of breath|with red cheeks|before the clock struck|with a friend], and together they {deed}.".replace(
            "{p_to}", "to {p.the}"
        )
    )
    s.ask("What did {h} need?", "{means}")
    s.turn()
    if s.chance(0.5):
        s.say(
            '"[Take this|This is for you]," said {w}, and gave {h.him} {goods}. {h} [did not want it at first|carried it home with both arms].'
        )
        s.ask("What did {h} get for helping?", "{goods}")
        s.close("h", "proud")
    else:
        s.say(
            '"I have nothing to give you today," said {w}, "but [ask me when you need a friend|I shall not forget it|my door is open to you|I will teach you my trade one day]."'
        )
        s.say(
            "{h} did not mind.",
            "and in the winter, when {h}'s own door was [blocked by snow|stuck with ice], it was {w} who dug it free.",
        )
        s.close(s.pick(("h", "w")), s.pick(("happy", "thankful")))


_ILLS = (
    ("a fever", "tea of elder flowers", "three"),
    ("a cough", "honey and hot milk", "five"),
    ("a sore throat", "onion syrup", "two"),
    ("a swollen foot", "a wet cloth with arnica", "four"),
    ("a bad tooth", "a clove on a thread", "one"),
    ("the measles", "sleep and cold tea", "nine"),
)


def ill(s: Story) -> None:
    """Somebody is ill and misses something; friends bring it to the window."""
    h, f = s.child("h"), s.child("f")
    w = s.adult("w", s.pick(("doctor", "herb woman")))
    s.put(
        ill="",
        cure="",
        days="",
        feast=s.pick(
            ("the harvest dance", "the lantern walk", "the boat race", "the first fair of the year", "the puppet play")
        ),
    )
    ill_name, cure, days = s.pick(_ILLS)
    s.put(ill=ill_name, cure=cure, days=days, m=s.world.parent(h))
    opening(s)
    s.say(
        "[everybody was looking forward to {feast}|{feast} was only days away|in every house they were getting ready for {feast}], but {h.intro} lay in bed with {ill}."
    )
    s.ask("Why was {h} in bed?", "because of {ill}")
    s.say(
        '{w.intro} came and looked at {h.him}. "{cure}, and no running about for {days} days," {w.he} said.'.replace(
            '"{cure}', '"You need {cure}'
        )
        if days != "one"
        else '{w.intro} came and looked at {h.him}. "You need {cure}, and no running about until tomorrow," {w.he} said.'
    )
    s.know("h", 0.3)
    s.feel("h", s.pick(("sad", "angry")))
    s.turn()
    s.say(
        "{f} heard of it. {f.He} [thought for a while|asked four friends|scratched {f.his} ear|drew on the ground with a stick], and then {f.he} [knew what to do|had a plan].".replace(
            "{f.He}", f.he.capitalize()
        )
    )
    if s.chance(0.65):
        s.say(
            "on the evening of {feast} there was [music|a drum|singing|a trumpet] under the window. [All the children|Half the school|Twelve children] stood in the [yard|lane] with [paper lamps|bells and whistles|pots and spoons|torches], and {f} [waved|bowed|conducted with a ladle]."
        )
        s.say('"If you cannot come to {feast}," called {f}, "it must come to you."')
        s.ask("Who brought the feast to {h}?", "{f} and the other children")
        s.turn()
        s.say(
            "{h.his} {m.elder} {m} opened the window, and {h} watched, wrapped in [a blanket|two shawls|a bearskin], until the last [light|song|lamp] was gone. The next morning {h.he} was [much better|well again|hungry for the first time]."
        )
        s.close("h", s.pick(("happy", "thankful")))
    else:
        s.say(
            "but on the evening of {feast} it [rained|was late], and {f} [forgot|stayed at the dance]. {h} heard the music far away and waited at the window until it ended."
        )
        s.turn()
        s.say(
            'the next day {f} came with [a paper star|a sugar mouse]. "[I wanted to come|I danced and forgot]," {f.he} said.'
        )
        s.close(*s.pick((("h", "sad"), ("f", "sorry"), ("h", "angry"))))


def stranger(s: Story) -> None:
    """A traveller asks for a bed; some say no, one says yes, and the traveller has something to give."""
    proud, kind = s.adult("a"), s.adult("b")
    s.food("e")
    s.put(
        who=s.pick(
            (
                "an old soldier",
                "a pedlar",
                "a tired singer",
                "a woman with a grey cloak",
                "a man with a wooden leg",
                "a young sailor",
            )
        ),
        gift=s.pick(
            (
                "a song that nobody in Pell had ever heard",
                "a seed that grew into a blue rose",
                "a story that lasted until midnight",
                "a coin with a ship on it",
                "a map of the stars",
                "a recipe for bread with seven seeds",
            )
        ),
    )
    opening(s)
    s.say(
        "one [wet|windy|cold|dark|foggy] evening {who} came [over the old bridge|down from the hills|with the last ferry|along the river] and [looked for a bed|asked for a roof|knocked at doors]."
    )
    s.say(
        'the first [door|house|light] was that of {a.intro}. "[We have no room|My house is full|Come back tomorrow]," said {a} and shut it. In truth there was [an empty room|a soft bed|a fire|space for six] [upstairs|under the roof|behind the kitchen].'
    )
    s.ask("Who sent the traveller away?", "{a} the {a.trade}")
    s.know("a", 0.4)
    s.turn()
    s.say(
        'the [second|next|smallest] [door|house] was that of {b.intro}. {b} had only one [bed|chair|blanket] and {e}, but {b.he} [moved closer to the wall|put another log on the fire|took off the wet cloak|lit a second candle] and said, "[Come in|Sit by the stove|You must be frozen]."'
    )
    s.ask("What did {b} have to eat?", "{e}")
    s.say("they [ate|shared] {e.the}, and the [rain|wind] [beat on the window|sang in the chimney|shook the shutters].")
    s.turn()
    s.say(
        "in the morning {who_the} was gone. On the table lay {gift}.".replace("{who_the}", "the guest")
        if "coin" in str(s.slots["gift"]) or "map" in str(s.slots["gift"]) or "seed that" in str(s.slots["gift"])
        else "before leaving, the guest gave {b.him} {gift}."
    )
    s.ask("What did the guest leave?", "{gift}")
    if s.chance(0.5):
        s.say("soon all of Pell came to [see|hear about] it, and {a} stood at the back of the crowd.")
        s.close("a", s.pick(("sorry", "angry")))
    else:
        s.say("{b} kept it [all {b.his} life|as long as {b.he} lived], and {b.his} door was never locked again.")
        s.close("b", s.pick(("thankful", "happy")))
    del proud, kind


def present(s: Story) -> None:
    """A secret present for a birthday: the other believes to be forgotten until it comes out."""
    h, f = s.child("h"), s.child("f")
    o = s.thing("o", new=True)
    w = s.adult("w", s.world.stuffs[o.stuff].mender)
    place = s.place("p")
    s.put(corner=s.pick(place.corners), days=s.pick(("three", "four", "six", "eight")))
    opening(s)
    s.say(
        "{f}'s birthday was in {days} days, and {h.intro} wanted to give {f.him} something [made by hand|special|that nobody could buy].",
        "in {days} days {f} would be [eight|nine|ten|eleven], and {h.intro} had no present yet.",
    )
    s.say(
        "{w.intro} showed {h.him} how to make {o.a}, and every [afternoon|evening] {h.he} worked on it in secret.",
        "so {h.he} asked {w.intro} for help, and [night after night|after school] {h.he} [made|worked on|finished] {o.a}, while {w} held the lamp.",
    )
    s.ask("What did {h} make for {f}?", "{o.a}")
    s.know("w", 0.4)
    s.say("when it was done, {h.he} hid it {corner}, {p}.")
    s.turn()
    s.say(
        '"[Come and play|Shall we go to the pond|Will you come fishing|I have a new ball]," {f} said every day, but {h} [always|only] answered, "[I have no time|Not today|Maybe next week|I must help at home]."'
    )
    s.feel("f", s.pick(("sad", "angry")))
    s.say(
        "on the morning of the birthday {f} [got up late|stayed in bed|sat alone on the stairs], sure that {h} had forgotten {f.him}."
    )
    s.turn()
    if s.chance(0.7):
        s.say(
            'then there was a [knock|whistle under the window|stone against the shutter]. "[Close your eyes|Not a word|Put on your shoes] and come with me," said {h}, and led {f.him} {p_to}.'.replace(
                "{p_to}", "to {p.the}"
            )
        )
        s.say("{corner} {f} found {o}, tied with a [red|green|blue|yellow|striped] ribbon.")
        s.ask("Where was the present?", "{corner}, {p}")
        s.close("f", s.pick(("happy", "thankful")))
    else:
        s.say("{h} ran {p_to}, but the place was empty. {o} was gone.".replace("{p_to}", "to {p.the}"))
        s.say(
            '{h} came with empty hands and told {f} everything. "[So you did not forget me|You worked {days} days for me]," said {f}. "[That is the present|I do not need anything else]."'
        )
        s.close("h", s.pick(("sad", "thankful")))
    del w
