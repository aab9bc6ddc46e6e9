"""The people, places and things of Pell, read from world.toml; knows nothing of plots."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FORMS = {"he": ("he", "him", "his", "himself"), "she": ("she", "her", "her", "herself")}


class Goods(str):
    """Something without a name of its own, such as "a warm bun"."""

    @property
    def the(self) -> str:
        """With the definite article."""
        return "the " + self.split(" ", 1)[1]


@dataclass(frozen=True)
class Being:
    """Somebody a sentence can be about; `str()` is the name."""

    name: str
    he: str
    him: str
    his: str
    himself: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Person(Being):
    """A person of Pell: `trade` is empty for children, `parent` for grown-ups."""

    trade: str
    parent: str
    place: str
    goods: "Goods"
    trait: str
    word: str = ""

    @property
    def is_child(self) -> bool:
        """Whether this person has a parent instead of a trade."""
        return bool(self.parent)

    @property
    def intro(self) -> str:
        """How the person is named the first time: "Tobin the miller", "the merry miller Tobin"."""
        if not self.is_child:
            return f"the {self.word} {self.trade} {self.name}" if self.word else f"{self.name} the {self.trade}"
        relation = "son" if self.he == "he" else "daughter"
        if self.word:
            return f"a {self.word} {self.child} called {self.name}"
        return f"{self.name}, the {self.parent}'s {relation},"

    @property
    def elder(self) -> str:
        """ "mother" or "father", for a grown-up with children."""
        return {"he": "father", "she": "mother"}[self.he]

    @property
    def child(self) -> str:
        """ "girl", "boy", "woman" or "man"."""
        return {"he": "boy", "she": "girl"}[self.he] if self.is_child else {"he": "man", "she": "woman"}[self.he]


@dataclass(frozen=True)
class Animal(Being):
    """A named animal of the town."""

    kind: str
    sound: str
    loves: str


@dataclass(frozen=True)
class Place:
    """A place; `str()` is "at the mill"."""

    name: str
    preposition: str
    corners: tuple[str, ...]
    reason: str
    word: str = ""

    @property
    def the(self) -> str:
        """The place as an object of a verb."""
        return f"the {self.word} {self.name}" if self.word else f"the {self.name}"

    def __str__(self) -> str:
        return f"{self.preposition} {self.the}"


@dataclass(frozen=True)
class Thing:
    """A thing somebody can have, lose, break or trade; `str()` is "the brass key"."""

    noun: str
    adjective: str
    stuff: str
    dear: str

    @property
    def a(self) -> str:
        """With the indefinite article."""
        article = "an" if self.adjective[0] in "aeiou" else "a"
        return f"{article} {self.full}"

    @property
    def full(self) -> str:
        """Without an article, for "his brass key"."""
        return f"{self.adjective} {self.noun}"

    def __str__(self) -> str:
        return f"the {self.full}"


@dataclass(frozen=True)
class Stuff:
    """What a thing is made of: how it breaks, who mends it and with what."""

    breaks: tuple[str, ...]
    mender: str
    means: str


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()]


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.replace("\n", " ").split(",") if part.strip())


class World:
    """Every table of world.toml as objects, in the order of the file."""

    def __init__(self, path: Path) -> None:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        trades = {row[2]: row[3] for row in _rows(tables["people"])}
        self.adults = [
            Person(name, *_FORMS[he], trade, "", place, Goods(goods), trait)
            for name, he, trade, place, goods, trait in _rows(tables["people"])
        ]
        self.children = [
            Person(name, *_FORMS[he], "", parent, trades[parent], Goods(""), trait)
            for name, he, parent, trait in _rows(tables["children"])
        ]
        self.places = {
            name: Place(name, preposition, _list(corners), reason)
            for name, preposition, corners, reason in _rows(tables["places"])
        }
        self.things = _rows(tables["things"])
        self.stuffs = {
            name: Stuff(_list(breaks), mender, means) for name, breaks, mender, means in _rows(tables["stuffs"])
        }
        self.foods = [Goods(food) for food in _list(tables["foods"])]
        self.animals = [
            Animal(name, *_FORMS[he], kind, sound, loves) for kind, name, he, sound, loves in _rows(tables["animals"])
        ]
        self.synonyms = [tuple(cell for cell in row) for row in _rows(tables["synonyms"])]
        self.words = {kind: _list(tables[f"{kind}_words"]) for kind in ("place", "person", "animal", "child")}
        self.work = {trade: _list(tasks) for trade, tasks in _rows(tables["work"])}
        self.sayings = tuple(tables["sayings"].strip().splitlines())
        self.who, self.does, self.where = (_list(tables[name]) for name in ("who", "does", "where"))
        self.seasons = {name: _list(signs) for name, signs in _rows(tables["seasons"])}

    def adult(self, trade: str) -> Person:
        """The grown-up of a trade."""
        return next(person for person in self.adults if person.trade == trade)

    def parent(self, child: Person) -> Person:
        """The grown-up a child belongs to."""
        return self.adult(child.parent)
