"""How stories begin: the town, the season and what is to be seen."""

from story_teller import Story

_ANY = ("spring", "summer", "autumn", "winter")


def opening(s: Story, *seasons: str) -> str:
    """Tells one opening sentence and returns the season (one of `seasons`, any when none is named)."""
    season = s.pick(seasons or _ANY)
    s.put(season=season, sign=s.pick(s.world.seasons[season]))
    if s.chance(0.3):
        s.say(
            "Once, in Pell, [there was a week that people still talk about|something happened that is still told by the fire].",
            "In the town of Pell there was once a [day|morning] that began like any other.",
            "This [was told|is told] in Pell [whenever|when] {sign}.".replace("{sign}", "the lamps are lit"),
            "There is a story that the [grandmothers|ferrymen|bakers] of Pell [like best|know by heart].",
        )
    elif s.chance(0.5):
        s.say(
            "It was [{season}|late {season}|early {season}] in Pell, and {sign}.",
            "{season} had come to Pell, and {sign}.",
        )
    else:
        s.say(
            "One {season}, when {sign}, [there was little to do in Pell|the people of Pell were all a little [tired|restless|merry]|this happened in Pell]."
        )
    return season
