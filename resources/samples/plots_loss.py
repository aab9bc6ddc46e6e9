"""Plots about things that are lost, broken, promised or quarrelled over."""

from story_openings import opening
from story_teller import Story

_HOW = (
    "there was a hole in {h.his} pocket",
    "{h.he} had put it down to tie {h.his} shoe",
    "{h.he} had laid it aside to [help a stranger|carry a basket|watch a kite]",
    "a gust of wind had taken it",
)


def lost(s: Story) -> None:
    """Somebody loses a dear thing, walks back the way and finds it, or learns who has it."""
    h = s.anyone("h")
    s.thing("o", "metal", "cloth", "paper", "glass", "leather")
    s.place("p"), s.place("q")
    opening(s)
    s.know("h", 0.3)
    s.say("{h.intro} [carried|kept|took] {o} everywhere, because {o.dear}.")
    s.say(
        "[One morning|On market day|After dinner|After church|Before school|One windy day] {h.he} [went|walked|ran|rode on a cart] to {p.the} {p.reason}, and then to {q.the} {q.reason}."
    )
    s.say(
        "when {h.he} came home, {o} was gone.",
        "but at the [garden gate|front door|supper table] {h.his} hand [found|felt] nothing: {o} was gone.",
        "on the way back {h.he} [reached for|felt for|wanted to look at] {o}, and it was not there.",
    )
    s.ask("What did {h} lose?", "{o}")
    s.feel("h", s.pick(("sad", "angry", "scared")))
    s.meet("h")
    s.turn()
    there = s.pick(("p", "q"))
    place = s.slots[there]
    s.put(corner=s.pick(place.corners), there=place, how=s.text(s.pick(_HOW)))  # type: ignore[attr-defined]
    friend = s.animal("f") if s.chance(0.35) else s.child("f")
    if hasattr(friend, "kind"):
        s.say(
            "{f} the {f.kind} [came along|went with {h.him}], [because {h} had {f.loves} in {h.his} bag|sniffing at every [post|stone|bush]|for {f.he} loved {f.loves} and hoped for some|though it [rained|was nearly dark]]."
        )
    else:
        s.say(
            '"{h}, do not [cry|worry]," said {f}. "[We will walk the same way again|Think where you had it last|Two pairs of eyes are better than one|Things do not have legs|I once lost a whole [goat|ladder|cake], and it came back]."'
        )
    if there == "p":
        s.say(
            "they went back to {p.the} first, and it did not take long.",
            "they began with {p.the}, and [that was right|they were lucky|luck was with them].",
        )
    else:
        s.say(
            "they looked {p} first, but there was only [dust|an old nail|a sleepy spider|a dead leaf|a broken comb|half a biscuit|a glove with three fingers].",
            "{p} they turned over every stone and found nothing.",
        )
        s.say(
            "then they went on to {q.the}.",
            "so there was only {q.the} left.",
            "{q.the} was the next place, and {h.his} last hope.",
        )
    if hasattr(friend, "kind"):
        s.say("{f} {f.sound} [twice|loudly], and there, {corner}, lay {o}.")
        s.ask("Who found {o}?", "{f} the {f.kind}")
    else:
        s.say('"[Look|Here|I see it]!" called {f}, and there, {corner}, lay {o}.')
        s.ask("Who found {o}?", "{f}")
    s.ask("Where was {o}?", "{corner}, {there}")
    s.say("[it had fallen there|it was there|it had been left there] because {how}.")
    s.turn()
    _after_finding(s, h.is_child)


def _after_finding(s: Story, is_child: bool) -> None:
    if "hole" in str(s.slots["how"]):
        s.say("{h} [sewed|mended] the pocket that same [evening|night].")
        s.close("h", "happy")
    elif "shoe" in str(s.slots["how"]):
        s.say("[from that day|after that] {h.he} always tied {h.his} shoes [at home|with a double knot].")
        s.close("h", "happy")
    elif s.chance(0.5):
        s.say("{h} gave {f} [half of {h.his} supper|the best seat by the fire].")
        s.close("h", "thankful")
    else:
        s.say("after that {h} [looked back|counted {h.his} things] [at every door|before leaving any place].")
        s.close("h", "happy" if is_child else "thankful")


def broken(s: Story) -> None:
    """Somebody breaks another's thing and either tells the truth or hides it."""
    h, owner = s.child("h"), s.anyone("w")
    o = s.thing("o")
    stuff = s.world.stuffs[o.stuff]
    s.place("p", owner.place) if not owner.is_child else s.place("p")
    s.put(means=stuff.means, damage=s.pick(stuff.breaks))
    opening(s)
    s.say("{w.intro} had {o.a}, and {o.dear}.", "{w.intro} was fond of {w.his} {o.full}, because {o.dear}.")
    s.scene(0.3)
    s.say(
        "[One day|One afternoon|On a Tuesday|Before dinner] {h.intro} was [playing|running|jumping about|dancing|chasing a hen] {p}. {h.He} [bumped into|tripped over|knocked against|stumbled over] a [chair|basket|ladder|bucket|broom|sleeping cat], and {o} [fell|dropped] [to the floor|on the stones|down the steps] and {damage}.".replace(
            "{h.He}", h.he.capitalize()
        )
    )
    s.ask("Who broke {o}?", "{h}")
    s.feel("h", "scared")
    s.turn()
    s.adult("m", stuff.mender) if stuff.mender != owner.trade else s.put(m=owner)
    if s.chance(0.5):
        _truth(s)
    else:
        _hidden(s)


def _truth(s: Story) -> None:
    s.say("{h.he} could have [run away|hidden it]. [Instead|But] {h.he} picked up {o} and went to {w}.")
    s.meet("h")
    s.say(
        '"[I broke it|It was me|I have to tell you something]," said {h}. "[It was my fault|I was not looking|I ran too fast|My foot slipped]. [I am sorry|I will pay for it|I want to help]."'
    )
    if s.chance(0.4):
        s.feel("w", "angry")
        s.say("but when {w.he} saw {h.his} face, {w.he} grew quiet.")
    s.say(
        '"[The truth is worth more than {o.a}|A thing can be mended sooner than a lie|I was young too, and I broke [a window|a leg|a clock]|Thank you for coming by yourself]," said {w}.'
    )
    if s.slots["m"] is s.slots["w"]:
        s.say("{w} took out {means}, and {h} held the lamp until it was whole.")
    else:
        s.say("together they went to {m} the {m.trade}, who mended it with {means}.")
        s.ask("Who mended {o}?", "{m} the {m.trade}")
    s.turn()
    s.say("you could [see|feel] the place where it had been mended, but {w} liked it [even better|just as much] now.")
    s.close("h", s.pick(("proud", "happy", "thankful")))


def _hidden(s: Story) -> None:
    s.place("q")
    s.put(corner=s.pick(s.slots["q"].corners))  # type: ignore[attr-defined]
    s.say(
        "{h.he} was afraid to tell, so {h.he} hid {o} {corner}, {q}.",
        "[quickly|before anybody came] {h.he} [wrapped it in a rag|put it under {h.his} coat] and hid it {corner}, {q}.",
    )
    s.ask("Where did {h} hide {o}?", "{corner}, {q}")
    s.meet("h")
    s.say(
        "in the evening {w} looked for {w.his} {o.full} [in every room|high and low]. {h} said [nothing|that the wind had been strong that day]."
    )
    s.feel("w", "sad")
    s.turn()
    if s.chance(0.5):
        s.say(
            "that night {h} could not sleep. Before the sun was up, {h.he} went to {q.the}, fetched {o} and put it on {w}'s table."
        )
        s.say('"[It was me|I did it]," {h.he} said. "[I was afraid|I should have told you]."')
        s.say(
            '"[I know|I guessed it]," said {w}. "I was waiting for you to [tell|say] it." {w} gave {h.him} a cup of milk, and they carried {o} to {m} the {m.trade}.'
        )
        s.close("h", s.pick(("thankful", "sorry")))
    else:
        s.say("three days later it was found by {w} and {w.his} dog, and everybody knew who had been {q}.")
        s.say('"[It is not {o} that hurts|I am not angry about {o}]," said {w}. "You let me look for it."')
        s.close("h", "sorry")


def promise(s: Story) -> None:
    """Somebody promises to look after an animal and forgets, or remembers just in time."""
    h, w = s.child("h"), s.adult("w")
    a = s.animal("a")
    s.place("p"), s.put(days=s.pick(("two", "three", "four", "five")))
    opening(s)
    s.scene(0.4)
    s.say(
        "{w.intro} had to [visit a [sister|cousin|sick aunt]|go to [the city|court|a funeral|a wedding|the salt market]] for {days} days."
    )
    s.say(
        '"Will you look after {a} the {a.kind} and shut the gate every evening?" {w.he} asked {h}. "I promise," said {h}.'
    )
    s.ask("What did {h} promise?", "to look after {a} the {a.kind}")
    s.know("w", 0.4)
    s.say(
        "[on the first day|that same evening] {h} brought {a.loves}, and {a} {a.sound} [with joy|and licked [the bowl|the gate]|and came running]."
    )
    s.turn()
    s.say(
        "on the [second|next|last] day {h} met friends {p}, and they [played|fished|told stories|built a dam] until it was dark. [In bed|With {h.his} spoon in the soup|Already half asleep] {h.he} remembered the gate."
    )
    if s.chance(0.5):
        s.say("{h.he} jumped up, put {h.his} coat over {h.his} nightshirt and ran through the [rain|cold|wind].")
        s.say(
            "the gate was [wide open|swinging|off its hook], but {a} was still there, [half asleep|chewing|looking at the moon]. {h} [shut|closed|bolted] the gate and gave {a.him} {a.loves}."
        )
        s.turn()
        s.say(
            'when {w} came back, {w.he} found {a} [fat and happy|clean and well]. "You kept your promise," {w.he} said, and gave {h.him} {w_goods}.'.replace(
                "{w_goods}", w.goods
            )
        )
        s.ask("What did {w} give {h}?", w.goods)
        s.close("h", "proud")
        return
    s.say('"It can wait until morning," {h.he} thought. But in the morning the gate stood open, and {a} was gone.')
    s.feel("h", "scared")
    s.place("q")
    s.meet("h", 0.9)
    s.say(
        "all day {h.he} called and searched. [Near evening|At sunset] {h.he} found {a} {q}, [muddy|wet|hungry] and cold, and [led {a.him} home|carried {a.him} home in {h.his} coat]."
        if a.kind in ("cat", "hen", "duck", "lamb", "goose", "dog", "crow")
        else "all day {h.he} called and searched. [Near evening|At sunset] {h.he} found {a} {q}, [muddy|wet|hungry] and cold, and led {a.him} home."
    )
    s.ask("Where was {a} found?", "{q}")
    s.turn()
    s.say("{h} told {w} everything. {w} was silent for a while.")
    s.say(
        '"[A promise is like a gate|A promise is like a roof]," {w.he} said. "It is no use if it is open [once|now and then]."'
    )
    s.close("h", "sorry")


def quarrel(s: Story) -> None:
    """Two children want the same thing; a grown-up finds a fair way, or it breaks between them."""
    s.child("h"), s.child("f")
    o = s.thing("o", "wood", "cloth", "leather", "glass", "paper")
    judge = s.adult("w")
    s.place("p")
    opening(s)
    s.meet("f", 0.5)
    s.say(
        "{h} and {f} found {o.a} {p}.",
        "{p} lay {o.a}, and {h} and {f} saw it [at the same moment|both at once].",
        "one [morning|afternoon|Saturday] {h} and {f} [were digging|were playing|built a den] {p} and [found|dug up|came upon] {o.a}.",
    )
    s.say(
        '"[I saw it first|It is mine|I need it more than you do]," said {h}. "[But I picked it up|But I was here before you|You always say that|Then catch me]," said {f}.'
    )
    s.know("f", 0.4)
    s.say("they [pulled|argued|tugged] and [shouted|pushed|stamped], and neither would [let go|give in|laugh].")
    s.feel(s.pick(("h", "f")), "angry")
    s.turn()
    if s.chance(0.6):
        stuff = s.world.stuffs[o.stuff]
        s.put(damage=s.pick(stuff.breaks))
        s.say("then, all at once, {o} {damage}. {h} looked at {f}, and {f} looked at {h}.")
        s.ask("What happened to {o}?", "it {damage}")
        s.say('"Now [nobody has it|it belongs to nobody]," said {f} [softly|in a small voice].')
        if s.chance(0.5):
            s.adult("m", stuff.mender)
            s.say(
                "they took the pieces to {m} the {m.trade}, and to pay for the work they [swept the floor|carried water|stacked wood] side by side for a whole day."
            )
            s.turn()
            s.say("when {o} was whole again, they [had forgotten who saw it first|did not want to quarrel any more].")
            s.close("h", "happy")
        else:
            s.turn()
            s.say(
                "they walked home on two sides of the [street|lane|canal], and the evening was very [long|quiet|empty|dull]."
            )
            s.close("h", s.pick(("sad", "sorry")))
        return
    s.say(
        '{w.intro} heard the noise and came out. "[One of you may cut the day in two, and the other may choose the half|One of you shall have it on sunny days, the other on rainy days|{h} shall have it until the bell rings, and {f} until the next bell]," {w.he} said.'
    )
    s.ask("Who settled the quarrel?", "{w} the {w.trade}")
    s.say(
        "they thought about it, and it was fair.",
        "{h} nodded first, and {f} [after a while|not long after].",
        "it was so [simple|clever] that they had to [laugh|nod].",
    )
    s.turn()
    s.say(
        "but it is dull to play alone, and [before the week was over|three days later|by Sunday] they [had it together|shared it|used it at the same time], [every day|rain or sun|without counting hours]."
    )
    s.close(s.pick(("h", "f")), "happy")
