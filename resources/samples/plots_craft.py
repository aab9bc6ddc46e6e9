"""Plots about trading, making, contests, pranks and messages."""

from story_openings import opening
from story_teller import Story


def trade(s: Story) -> None:
    """A chain of trades: everybody has what the next one needs; at the end the wish is fulfilled, or not quite."""
    h = s.child("h")
    a, b, c = s.adult("a"), s.adult("b"), s.adult("c")
    o = s.thing("o")
    s.put(ga=a.goods, gb=b.goods, gc=c.goods)
    s.food("e")
    opening(s)
    s.say(
        "{h.intro} [wished for|wanted|had dreamed of] {o.a}, but {h.he} had [no money|not a penny|an empty purse], only {e}."
    )
    s.ask("What did {h} have at first?", "{e}")
    s.say(
        "{a.intro} [was hungry|had missed dinner|loved such things|smelled it from afar] and gave {h.him} {ga} for it."
    )
    s.meet("h", 0.3)
    s.turn()
    s.say(
        'with {ga.the} under {h.his} arm {h.he} met {b.intro}. "[That is what|Just what|The very thing] I have [needed|been looking for] all week," said {b}, and gave {h.him} {gb} in return.'
    )
    s.ask("What did {b} give {h}?", "{gb}")
    if s.chance(0.55):
        s.say(
            '{c.intro} looked at {gb.the} for a long time. "[I have no use for gold|Money I have]," said {c}, "but for that you may have {gc}."'
        )
        s.put(gb=c.goods, b=c)
    s.know("b", 0.4)
    s.turn()
    w = s.adult("w")
    s.say(
        "at last {h} came to {w.intro}, and there, [in the window|on a shelf|behind the counter|on a hook by the door], was {o.a}.",
        "{w.intro} had {o.a} [to sell|that nobody used], and to {w.him} {h} went [with a beating heart|last of all].",
    )
    ending = s.chance(0.65)
    if ending:
        s.say(
            '"Would you give it to me for {gb.the}?" asked {h}. {w} [smiled|laughed] and took it down. "[A fair trade|Done]," {w.he} said.'
        )
        s.ask("What did {h} get in the end?", "{o.a}")
        s.say(
            "so {e} had become {o.a}, and nobody in the whole chain was poorer.",
            "{h} had walked through [half the town|six streets] for it.",
        )
        s.close("h", s.pick(("happy", "proud")))
    elif s.chance(0.5):
        s.say('"[I have three of those|What should I do with that]," said {w}, and shook {w.his} head.')
        s.say("{h} went home with {gb.the} and gave it to {h.his} [mother|father], who had needed it for weeks.")
        s.close("h", "proud")
    else:
        s.say(
            "but before {h} could open {h.his} mouth, another [boy|girl|man] [had bought it|was carrying it away|had paid for it]."
        )
        s.close("h", s.pick(("sad", "angry")))
    del w, o


_MAKES = (
    (
        "spring autumn",
        "a kite",
        "two thin sticks",
        "woodcutter",
        "a sheet of paper",
        "postwoman",
        "a long string",
        "ferryman",
        "it rose above the bell tower",
        "it fell into the duck pond",
    ),
    (
        "spring autumn winter",
        "a soup for the whole street",
        "a bunch of mint",
        "herb woman",
        "a string of fish",
        "fisherman",
        "a dozen onions",
        "farmer",
        "nobody spoke until the bowls were empty",
        "it tasted of smoke, because the fire had been too hot",
    ),
    (
        "spring summer",
        "a boat",
        "a short plank",
        "carpenter",
        "a pot of tar",
        "ferryman",
        "a square of cloth",
        "tailor",
        "it sailed to the old bridge and back",
        "it sank as soon as it was on the water",
    ),
    (
        "winter",
        "a snow lantern",
        "a white candle",
        "candlemaker",
        "a green bottle",
        "glassblower",
        "a little wire",
        "smith",
        "it shone until the morning",
        "it melted before anybody saw it",
    ),
    (
        "spring summer autumn winter",
        "a honey cake",
        "a sack of flour",
        "miller",
        "a jar of honey",
        "beekeeper",
        "a lump of butter",
        "cheesemaker",
        "it was gone before it was cold",
        "it came out of the oven as hard as a brick",
    ),
    (
        "autumn winter",
        "a rag puppet",
        "a ball of wool",
        "weaver",
        "two glass beads",
        "glassblower",
        "a wooden head",
        "carpenter",
        "even the old people laughed at the play",
        "its head came off in the first act",
    ),
    (
        "spring summer autumn",
        "a wind harp",
        "four strings",
        "fiddler",
        "a cedar box",
        "carpenter",
        "a handful of pegs",
        "woodcutter",
        "it sang all night on the hill",
        "it only hummed like a tired bee",
    ),
    (
        "autumn winter",
        "a warm coat for the donkey",
        "a yard of cloth",
        "tailor",
        "a bag of fleece",
        "shepherd",
        "a big brass button",
        "clockmaker",
        "the donkey wore it until spring",
        "the donkey ate it in the night",
    ),
)


def making(s: Story) -> None:
    """Somebody makes a thing from three parts got from three people; it works, or it fails and is tried again."""
    h, f = s.child("h"), s.child("f")
    seasons, thing, x, tx, y, ty, z, tz, well, badly = s.pick(_MAKES)
    s.put(thing=thing, x=x, y=y, z=z, well=well, badly=badly)
    s.adult("a", tx), s.adult("b", ty), s.adult("c", tz)
    work = s.pick(
        (
            "swept the floor",
            "carried six buckets of water",
            "held the ladder",
            "sorted old nails",
            "fed the chickens",
            "chopped kindling",
        )
    )
    s.put(work=work, nights=s.pick(("two", "three", "four")))
    opening(s, *seasons.split())
    s.say(
        "{h.intro} [wanted to make|had promised to make|dreamed of making] {thing}. For that {h.he} needed {x}, {y} and {z}."
    )
    s.ask("What did {h} want to make?", "{thing}")
    s.say("{x} came from {a.intro}.", "{a.intro} gave {h.him} {x} and asked for nothing.")
    s.say("for {y} {h.he} {work} for {b.intro}.", "{b.intro} had {y}, and {h} {work} to pay for it.")
    s.say("{z} was the hardest to find, until {f} asked {c.intro}.", "and {c.intro} found {z} in a drawer.")
    s.ask("Who had {y}?", "{b} the {b.trade}")
    s.turn()
    s.know("f", 0.5)
    s.say(
        '{h.he} worked for {nights} [evenings|days]. {f} [held the lamp|helped|stirred the glue|looked on] and said, "[Not so fast|It looks crooked to me|I think it will work|A little more to the left|My uncle does it the other way round]."'
    )
    s.turn()
    if s.chance(0.6):
        s.say(
            "when it was done, [everybody|half the town|the whole street|all the neighbours] came to look, and {well}."
        )
        s.close("h", "proud")
    elif s.chance(0.5):
        s.say(
            "when it was [done|finished|ready], {badly}. {h} [sat down|bit {h.his} lip|threw {h.his} cap on the ground]."
        )
        s.say(
            '"[Now we know how it does not go|The next one will be better]," said {f}, and they began again. The second time {well}.'
        )
        s.close("h", s.pick(("happy", "proud")))
    else:
        s.say("when it was done, {badly}. Everybody [laughed|looked at the ground], and {f} said nothing at all.")
        s.ask("What went wrong?", "{badly}")
        s.close("h", s.pick(("sad", "angry")))


_CONTESTS = (
    ("the boat race", "row", "spring summer"),
    ("the spelling contest", "spell", "autumn winter spring"),
    ("the snail race", "train a snail", "spring summer"),
    ("the pie contest", "bake", "autumn winter summer"),
    ("the stone skipping", "throw flat stones", "summer autumn"),
    ("the sack race", "hop", "spring summer autumn"),
    ("the whistling contest", "whistle", "spring summer autumn winter"),
    ("the tree climbing", "climb", "summer autumn"),
)


def contest(s: Story) -> None:
    """One practises, one boasts; the outcome follows from what they did before, and so do the feelings."""
    h, f = s.child("h"), s.child("f")
    w = s.adult("w")
    o = s.thing("o")
    name, verb, seasons = s.pick(_CONTESTS)
    s.put(name=name, verb=verb)
    opening(s, *seasons.split())
    s.say(
        "[on Sunday|on the first of the month|in nine days|on the feast of the bridge] was {name}, and the prize was {o.a}, given by {w.intro}."
    )
    s.ask("What was the prize?", "{o.a}")
    s.say(
        '"[I shall win without trying|Who could beat me|Nobody is as good as I am]," said {h}. {f} [said nothing|only smiled|thought of last year] and went to {verb} [behind the barn|every morning before school|where nobody could see|until {f.his} arms hurt|with {f.his} eyes shut].'
    )
    s.ask("Who practised?", "{f}")
    s.know("h", 0.5)
    s.turn()
    s.say(
        "when the day came, {h} had [slept too long|eaten too much pie|stayed up late|forgotten {h.his} shoes|boasted until {h.his} throat was sore]. {h.He} began [well|fast], but {h.he} [was soon tired|made a mistake at the end].".replace(
            "{h.He}", h.he.capitalize()
        )
    )
    if s.chance(0.75):
        s.say(
            "{f} [went on quietly|did it as {f.he} had done it a hundred times|did not look left or right|kept {f.his} head] and won."
        )
        s.ask("Who won {name}?", "{f}")
        s.turn()
        if s.chance(0.4):
            s.say(
                '{h} [came|walked] over and held out {h.his} hand. "[You were better|Will you show me how]?" {h.he} said.'.replace(
                    "[You were better|Will you show me how]", "Will you show me how"
                )
            )
            s.close("f", s.pick(("proud", "happy")))
        else:
            s.say("{w} handed {o} to {f}, and {h} [turned away|looked at the sky].")
            s.close("h", s.pick(("angry", "sorry", "sad")))
    else:
        s.say(
            "but {f} looked at the crowd, and {f.his} hands shook, and all that {f.he} had practised was gone. {h} won by [an inch|a hair]."
        )
        s.ask("Who won {name}?", "{h}")
        s.turn()
        s.say(
            "{h} saw {f}'s face. That evening {h.he} put {o} on {f}'s [doorstep|window]. \"[You worked for it|It is yours],\" said the note."
        )
        s.close("f", s.pick(("thankful", "happy")))
    del o


_PRANKS = (
    ("the river was coming over the bank", "carried their beds upstairs", "the water stood in the lane"),
    ("a wolf was among the sheep", "ran up the hill with sticks", "a real wolf came down from the wood"),
    ("the bakery was on fire", "came with buckets", "smoke rose from the roof"),
    ("the king was on the road", "put on their best clothes", "a coach with the queen's own messenger stopped"),
    ("the bridge had fallen", "left their dinner standing", "a beam of the bridge broke"),
)


def prank(s: Story) -> None:
    """Somebody cries wolf; when it is true, nobody comes, or one does."""
    h, f = s.child("h"), s.child("f")
    w = s.adult("w")
    claim, ran, truth = s.pick(_PRANKS)
    s.put(claim=claim, ran=ran, truth=truth)
    opening(s)
    s.say(
        "{h.intro} was bored. So {h.he} [ran through the street|climbed on the fountain|hung out of the window|stood on a barrel] and shouted that {claim}."
    )
    s.ask("What did {h} shout?", "that {claim}")
    s.say("all the people {ran}, and {h} laughed until {h.his} [sides|ribs] hurt.")
    s.say(
        '{w.intro} shook a finger at {h.him}: "[A lie is a coin you can spend only once|Who will believe you tomorrow]?"'.replace(
            "[A lie is a coin you can spend only once|Who will believe you tomorrow]", "Who will believe you tomorrow"
        )
    )
    s.feel("w", "angry")
    s.know("h", 0.4)
    s.turn()
    s.say(
        "[a week|ten days|a month] later {truth}. {h} saw it first and ran and shouted as loud as {h.he} could. [Nobody came|People only shook their heads]."
    )
    s.feel("h", "scared")
    s.turn()
    if s.chance(0.6):
        s.say(
            'only {f} looked at {h.his} face. "[This time it is true|Nobody can weep like that for fun|{h} never looked like this before]," {f.he} said, and [rang the bell|fetched the others|ran to see].'
        )
        s.ask("Who believed {h}?", "{f}")
        s.say("so it ended well. {h} went from door to door and [said sorry|told them that it would not happen again].")
        s.close("h", s.pick(("thankful", "sorry")))
    else:
        s.say(
            "by the time they believed {h.him} it was late, and it took the whole town [a week|nine days|half the winter] to mend what was broken. {h} carried [stones|water|beams|sand] with them, without a word."
        )
        s.close("h", "sorry")


def message(s: Story) -> None:
    """A letter has to reach somebody before a certain time; there are obstacles, and the news matters."""
    h, w, r = s.child("h"), s.adult("w"), s.adult("r")
    s.place("p"), s.place("q", r.place)
    a = s.animal("a")
    s.put(
        news=s.pick(
            (
                "a sister was coming home after seven years",
                "the old debt was paid",
                "the baby had been born and had red hair",
                "there was work for the whole winter",
                "the roof money was on its way",
                "an uncle had left the house by the sea to the town's children",
            )
        ),
        bad=s.pick(
            (
                "the ship was late and would not come this year",
                "the mill by the sea had burned down",
                "a dear friend could not come to the wedding",
            )
        ),
    )
    opening(s)
    s.say(
        '"This letter must be with {r.intro} before the [evening|noon|last] bell," said {w.intro}, and [put|pressed] it into {h}\'s hand.'
    )
    s.know("w", 0.5)
    s.ask("Who was the letter for?", "{r} the {r.trade}")
    s.say(
        "{h.intro} set off {p_by}.".replace("{p_by}", "by way of {p.the}")
        if not h.is_child
        else "{h} set off by way of {p.the}."
    )
    s.turn()
    s.say(
        "there {a} the {a.kind} stood in the way, {a.sound} and would not move until {h.he} gave {a.him} {a.loves}.",
        "there {h.he} had to [hide from|walk round] {a} the {a.kind}, who {a.sound} and chased {h.him} twice round a tree.",
    )
    s.say(
        "then the strap of {h.his} shoe broke, so {h.he} went on [barefoot|with one shoe].",
        'then {h.he} met friends who called, "Come and play!" {h} [shook {h.his} head|looked back once] and went on.',
        "then it began to rain, so {h.he} put the letter under {h.his} [hat|shirt].",
    )
    s.turn()
    s.meet("h", 0.5)
    s.say("the bell rang [for the first time|once|already] as {h.he} [ran|stumbled|burst] in at {r}'s door, {q}.")
    s.ask("Where did {h} find {r}?", "{q}")
    if s.chance(0.7):
        s.say("{r} [opened|read] the letter, and it said that {news}. {r} [read it again aloud|had to sit down].")
        s.close(s.pick(("r", "h")), s.pick(("happy", "proud", "thankful")))
    else:
        s.say(
            "{r} read the letter slowly. It said that {bad}. {h} [did not know what to say|stood there with the wet cap in {h.his} hand]."
        )
        s.close("r", "sad")
