"""Keys (S10): what opens, what does not, and that nobody can guess."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.base.log import RedactSecrets
from llmstudio.server.credentials import Doorkeeper, TooManyGuesses, checked_key, new_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_new_long_and_of_the_kind_that_logs_hide() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 3 + 43 for key in keys)
    import logging

    record = logging.LogRecord("llmstudio", logging.INFO, "", 0, "key %s", (new_key(),), None)
    RedactSecrets().filter(record)
    assert record.msg == "key [hidden]"


@pytest.mark.parametrize("said", [b"Bearer secret", b"bearer secret", b"BEARER secret", b"Bearer  secret "])
def test_the_key_opens(said: bytes) -> None:
    assert Doorkeeper("secret").admits("a", [said])


@pytest.mark.parametrize(
    "said",
    [
        [],
        [b""],
        [b"secret"],
        [b"Bearer"],
        [b"Bearer "],
        [b"Basic secret"],
        [b"Bearer secre"],
        [b"Bearer secrett"],
        [b"Bearer SECRET"],
        [b"Bearer s\xe9cret"],
        [b"Bearer \xff\xfe"],
        [b"Bearer \x00secret"],
        [b"Bearer secret", b"Bearer secret"],
        [b"Bearer wrong", b"Bearer secret"],
    ],
)
def test_nothing_else_does(said: list[bytes]) -> None:
    assert not Doorkeeper("secret").admits("a", said)


def test_ten_wrong_keys_in_a_minute_close_the_door_for_that_address_alone() -> None:
    clock = Clock()
    keeper = Doorkeeper("secret", clock)
    assert not any(keeper.admits("a", [b"Bearer no"]) for _ in range(10))
    with pytest.raises(TooManyGuesses) as caught:
        keeper.admits("a", [b"Bearer no"])
    assert caught.value.seconds == 60
    with pytest.raises(TooManyGuesses):  # or the eleventh guess could be the right one
        keeper.admits("a", [b"Bearer secret"])
    assert keeper.admits("b", [b"Bearer secret"])
    clock.now = 60.1
    assert keeper.admits("a", [b"Bearer secret"])


def test_a_key_that_cannot_be_guessed_opens_in_spite_of_somebody_who_guesses() -> None:
    key = new_key()
    keeper = Doorkeeper(key, Clock())
    for _ in range(10):
        keeper.admits("a", [b"Bearer no"])
    with pytest.raises(TooManyGuesses):
        keeper.admits("a", [b"Bearer no"])
    assert keeper.admits("a", [b"Bearer " + key.encode()])


def test_who_says_no_key_is_not_taken_for_one_who_guesses() -> None:
    keeper = Doorkeeper("secret", Clock())
    assert not any(keeper.admits("a", []) for _ in range(50))
    assert keeper.admits("a", [b"Bearer secret"])


def test_many_addresses_that_guess_take_no_memory_without_end() -> None:
    keeper = Doorkeeper("secret", Clock())
    for number in range(5000):
        keeper.admits(str(number), [b"Bearer no"])
    assert len(keeper._failures) <= 1024


def test_without_a_key_everybody_comes_in() -> None:
    keeper = Doorkeeper("")
    assert not keeper.asks
    assert keeper.admits("a", [])
    assert keeper.admits("a", [b"Bearer whatever"])


@pytest.mark.parametrize("text", ["", "a b", "é", "a\n", "x" * 600])
def test_keys_that_no_client_could_send_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        checked_key(text)


def test_a_key_that_a_person_chose_is_taken() -> None:
    assert checked_key("secret") == "secret"
