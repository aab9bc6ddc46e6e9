"""One story while it is told: who and what is in it, its sentences, its mood and the questions it answers."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from story_world import Animal, Goods, Person, Place, Thing, World

T = TypeVar("T")
Described = TypeVar("Described", Person, Place)
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_START = re.compile(r'(^|[.!?] |\n)("?)([a-z])')

# How a feeling shows; {x} is the person.
FEELINGS = {
    "happy": (
        "{x} [laughed|smiled] all the way home",
        "{x} was so [glad|happy] that {x.he} [danced on the doorstep|sang a song without words|hopped from stone to stone]",
        "{x} felt as light as a [leaf|feather|kite]",
        "there was nobody in Pell who [slept better|smiled more] that [night|evening] than {x}",
        "{x} [hummed|whistled] until it was time for [bed|supper|the lamps]",
    ),
    "sad": (
        "{x} [wept|cried] and could not stop",
        "{x} sat down on the step and [said nothing|hid {x.his} face in {x.his} sleeve]",
        "{x} was too sad to [eat|play|look up|answer]",
        "{x} [pulled the blanket over {x.his} head|looked out of the window for a long time]",
        "two tears ran down {x}'s [nose|cheeks]",
    ),
    "angry": (
        "{x} [stamped {x.his} foot|slammed the door|kicked a bucket across the yard]",
        "{x} turned [red|pale] and shouted that it was not fair",
        "{x} was so angry that {x.he} [would not speak|walked round the house three times|bit {x.his} tongue]",
        "{x} [growled|hissed] like a [cat|kettle|wet dog]",
        "nobody could talk to {x} for [an hour|the rest of the day|two days]",
    ),
    "scared": (
        "{x} [trembled from head to foot|held {x.his} breath]",
        "{x}'s heart beat like a drum",
        "{x} was so afraid that {x.he} could not [move|speak|shout]",
        "{x} [turned as white as chalk|felt {x.his} knees go soft]",
        "it was as if a cold [hand|fish] [touched|slid down] {x}'s back",
    ),
    "proud": (
        "{x} stood up very straight",
        "{x} was so proud that {x.he} [told the story twice|walked home by the longest way]",
        "{x} [blushed|grinned] with pride",
        "{x} seemed to have grown by an inch",
        "that night {x} [wrote it in a notebook|told it to the cat|could not sleep for pride]",
    ),
    "thankful": (
        "{x} said thank you [three times|again and again]",
        "{x} did not know how to thank {x.his} friend",
        "{x} [pressed|squeezed|shook] {x.his} friend's hand for a long time",
        "from then on {x} had a [warm|soft] place in {x.his} heart for such friends",
        "{x} [took off {x.his} hat|bowed] and said that {x.he} would never forget it",
    ),
    "sorry": (
        "{x} was ashamed and looked at {x.his} shoes",
        "{x} wished that {x.he} had [listened|thought first|told the truth]",
        "it was a long time before {x} could [laugh|look anybody in the eye] again",
        "{x} [swore|decided] never to do it again",
        "{x} [felt a stone in {x.his} stomach|could not sleep for shame]",
    ),
}
ASIDES = (
    "The [bell|clock] of the tower [rang|struck] [twice|three times|four times|five times|nine times].",
    "Somewhere a [dog barked|door banged|window opened|baby cried|gate creaked].",
    "[Somebody|A girl|An old man] was [playing a fiddle|sweeping the steps|chopping wood|singing out of tune|calling the cows] [near by|far off|behind a wall].",
    "The air smelled of [rain|smoke|fresh bread|cut grass|wet stone|tar].",
    "[Two|Three|Four] [sparrows|pigeons|swallows|crows] [sat|quarrelled] on the [gutter|roof|washing line|weathercock].",
    "The [sun|light] was [already low|as yellow as butter|hidden behind a cloud|warm on the stones].",
    "A [cart|coach|wheelbarrow] [rattled|rolled] over the cobbles.",
    "For a [moment|while] it was [so quiet that one could hear the river|quite still].",
    "A [ginger|black|striped] cat watched [it all|them] from a [wall|window|barrel].",
    "[Clouds|Shadows] went [slowly|quickly] over the [hill|fields|roofs].",
    "The [river|fountain|wind] [murmured|whispered|grumbled] as it always did.",
)
MOODS = ("happy", "proud", "thankful", "sorry", "sad", "angry")
_AGED = frozenset("rusty bent dented old torn faded cracked dusty worn empty muddy borrowed heavy starched".split())


@dataclass
class Question:
    """One question about a story with its short answer."""

    question: str
    answer: str


class Story:
    """Draws people, places and things without repeating one, and writes sentences about them."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self._rng = rng
        self._parts: list[str] = []
        self._used: set[str] = set()
        self.slots: dict[str, object] = {}
        self.mood = "happy"
        self.questions: list[Question] = []

    # -- chance: only random() is used, because its sequence is the same in every Python

    def chance(self, share: float) -> bool:
        """True in about `share` of the cases."""
        return self._rng.random() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[int(self._rng.random() * len(items))]

    def _fresh(self, items: Sequence[T], name: str = "") -> T:
        for _ in range(200):
            item = self.pick(items)
            if str(item) not in self._used:
                break
        self._used.add(str(item))
        if name:
            self.slots[name] = item
        return item

    # -- the cast

    def child(self, name: str) -> Person:
        """A child who is not in the story yet, as slot `name`."""
        return self._describe(name, self._fresh(self.world.children), "child", 0.3)

    def adult(self, name: str, trade: str = "") -> Person:
        """A grown-up who is not in the story yet, of a trade if it is given."""
        if not trade:
            return self._describe(name, self._fresh(self.world.adults), "person", 0.35)
        person = self.world.adult(trade)
        self._used.add(str(person))
        return self._describe(name, person, "person", 0.35)

    def _describe(self, name: str, found: Described, kind: str, share: float) -> Described:
        """Gives somebody or something a word that stays the same for the whole story."""
        if self.chance(share):
            word = self.pick(self.world.words[kind])
            found = found if found.name.startswith(word) else replace(found, word=word)
        self.slots[name] = found
        return found

    def anyone(self, name: str) -> Person:
        """A child (two times of three) or a grown-up."""
        return self.child(name) if self.chance(0.66) else self.adult(name)

    def animal(self, name: str) -> Animal:
        """An animal of the town."""
        found = self._fresh(self.world.animals)
        if self.chance(0.5):
            found = replace(found, kind=f"{self.pick(self.world.words['animal'])} {found.kind}")
        self.slots[name] = found
        return found

    def place(self, name: str, place: str = "") -> Place:
        """A place not visited yet in this story, or the one named."""
        if not place:
            return self._describe(name, self._fresh(list(self.world.places.values())), "place", 0.4)
        found = self.world.places[place]
        self._used.add(str(found))
        return self._describe(name, found, "place", 0.4)

    def thing(self, name: str, *stuffs: str, new: bool = False) -> Thing:
        """A thing of one of the stuffs (any, when none is named); a new one shows no age."""
        rows = [row for row in self.world.things if not stuffs or row[2] in stuffs]
        noun, adjectives, stuff, dear = self._fresh_row(rows)
        words = [word.strip() for word in adjectives.split(",")]
        fitting = [word for word in words if word not in _AGED] if new else words
        thing = Thing(noun, self.pick(fitting), stuff, dear)
        self.slots[name] = thing
        return thing

    def _fresh_row(self, rows: list[list[str]]) -> list[str]:
        free = [row for row in rows if row[0] not in self._used]
        row = self.pick(free)
        self._used.add(row[0])
        return row

    def food(self, name: str) -> Goods:
        """Something to eat, with its article."""
        return self._fresh(self.world.foods, name)

    def put(self, **slots: object) -> None:
        """Names further words for the sentences."""
        self.slots.update(slots)

    # -- telling

    def text(self, template: str, *, vary: bool = True) -> str:
        """Chooses among [a|b] and fills {slots}; the slots of a choice not taken are never read."""
        template = self._vary(template) if vary else template
        while True:
            chosen = _CHOICE.sub(lambda found: self.pick(found[1].split("|")), template)
            if chosen == template:
                return template.format(**self.slots)
            template = chosen

    def _vary(self, template: str) -> str:
        """Exchanges words of the template (never what a slot holds) for others of the same meaning."""
        for words in self.world.synonyms:
            if words[0] in template and not self.chance(0.4):
                template = re.sub(rf"(?<![\w'{{.])(?:{words[0]})(?![\w'}}])", self.pick(words[1:]), template)
        return template

    def say(self, *templates: str) -> None:
        """Tells one of the templates as the next sentence or sentences."""
        sentence = self.text(self.pick(templates))
        self._parts.append(sentence[0].upper() + sentence[1:])

    def maybe(self, *templates: str, share: float = 0.5) -> None:
        """Tells one of the templates, or nothing."""
        if self.chance(share):
            self.say(*templates)

    def turn(self) -> None:
        """Begins a new paragraph, now and then with what could be heard or seen meanwhile."""
        self._parts.append("\n")
        if self.chance(0.3):
            self.say(*ASIDES)
        else:
            self.scene(0.35)

    def know(self, person: str, share: float = 0.5) -> None:
        """May tell what everybody knows of a person."""
        self.maybe(
            "everybody knew that {x} {x.trait}.".replace("{x", "{" + person),
            "{x} {x.trait}.".replace("{x", "{" + person),
            "of {x} people said that {x.he} {x.trait}.".replace("{x", "{" + person),
            share=share,
        )

    def meet(self, person: str, share: float = 0.6) -> None:
        """May tell whom `person` meets on the way, at what work, and what is said."""
        if not self.chance(share):
            return
        other = self._fresh(self.world.adults, "met")
        self.put(task=self.pick(self.world.work[other.trade]), saying=self.pick(self.world.sayings))
        self.say(
            "[on the way|in the street|at the corner] {x} [met|passed|greeted] {met.intro}, who was {task}.".replace(
                "{x", "{" + person
            ),
            "{met.intro} was {task} and [looked up|nodded|waved] as {x} [came by|went past].".replace(
                "{x", "{" + person
            ),
        )
        self.maybe(
            '"{saying}," [said|called|muttered] {met}.',
            '"[Good day|Good morning|Hello], {x}," [said|called] {met}. "{saying}."'.replace("{x", "{" + person),
            share=0.7,
        )

    def scene(self, share: float = 0.4) -> None:
        """May tell something seen on the way that has no part in the plot."""
        if self.chance(share):
            self.put(who=self.pick(self.world.who), does=self.pick(self.world.does), where=self.pick(self.world.where))
            self.say("{who} {does} {where}.", "{where} {who} {does}.", "{who} {does}.")

    def feel(self, person: str, feeling: str) -> None:
        """Tells how a person's feeling shows."""
        template = self.pick(FEELINGS[feeling]).replace("{x", "{" + person)
        self._parts.append(self.text(template) + ".")

    def close(self, person: str, mood: str) -> None:
        """The feeling the story ends with, which is also its label."""
        self.mood = mood
        self.feel(person, mood)

    def ask(self, question: str, answer: str) -> None:
        """A question this story answers."""
        answer = self.text(answer, vary=False)
        self.questions.append(Question(self.text(question, vary=False), answer[0].upper() + answer[1:] + "."))

    def told(self) -> str:
        """The whole text: sentences begin with a capital, paragraphs are separated by an empty line."""
        joined = " ".join(self._parts).replace(" \n ", "\n\n")
        return _START.sub(lambda found: found[1] + found[2] + found[3].upper(), joined)
