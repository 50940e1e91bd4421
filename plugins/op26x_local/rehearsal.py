"""The rehearsal LLM's rules: from what was said so far to the next sentence or function call.

It is not a language model and does not pretend to be one. It knows two conversations, booking an appointment and paying
a deposit, and reads them anew from the whole dialogue each time, so that a correction ("no, wednesday") counts from
then on.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from op26x_local.appointments import DAYS, TIMES
from op26x_local.deposits import AMOUNT, QUESTIONS, Payment

YES = re.compile(r"\b(yes|yeah|yep|correct|right|sure|please do|okay)\b")
NO = re.compile(r"\b(no|nope|wrong|not|cancel)\b")
BYE = re.compile(r"\b(byes?|goodbyes?|nothing|that is all|that's all)\b")
NAME = re.compile(r"\b(?:my name is|this is|name is|i am|it is|for)\s+(?:mister |mrs |miss )?([a-z]+(?: [a-z]+)?)")
KEYS = re.compile(r"pressed: ([0-9*#]+)")
HEARD_AS = {
    "ate": "eight",
    "for": "four",
    "to": "two",
    "too": "two",
    "tree": "three",
    "then": "ten",
    "tin": "ten",
    "wensday": "wednesday",
    "chews day": "tuesday",
    "free day": "friday",
    "mundane": "monday",
}
NOT_NAMES = {"an", "a", "the", *DAYS, *TIMES, "tomorrow", "today", "appointment", "sorry", "yes", "no", "calling"}


@dataclass(frozen=True)
class Say:
    """A sentence to say."""

    text: str


@dataclass(frozen=True)
class Use:
    """A function to call."""

    name: str
    arguments: dict[str, str] = field(default_factory=dict)


@dataclass
class Known:
    """What the dialogue has told so far.

    Attributes:
        day: A working day.
        time: A full hour in words.
        name: The caller's.
        asked: The agent's last question: ``help``, ``day``, ``time``, ``name``, ``confirm``, ``more``, or one about a
            deposit.
        offered: Free times by day, from ``free_slots``.
        confirmed: The caller said yes to the summary.
        booked: The appointment was booked.
        said_no: The last answer was a plain no.
        bye: The caller is done.
        ending: The call is being ended; nothing is left to say.
        payment: What is known of a deposit.
    """

    day: str = ""
    time: str = ""
    name: str = ""
    asked: str = "help"
    offered: dict[str, list[str]] = field(default_factory=dict)
    confirmed: bool = False
    booked: bool = False
    said_no: bool = False
    bye: bool = False
    ending: bool = False
    payment: Payment = field(default_factory=Payment)


def decide(messages: Sequence[dict[str, Any]]) -> Say | Use:
    """The next thing to do.

    Args:
        messages: The dialogue in OpenAI's form: roles ``user``, ``assistant``, ``tool``; others are passed over.
    """
    known = Known()
    for message in messages:
        role = message.get("role")
        if role == "user":
            _listen(known, str(message.get("content") or "").lower())
        elif role == "assistant" and message.get("content"):
            known.asked = _question(str(message["content"])) or known.asked
        elif role == "tool":
            _result(known, str(message.get("content") or ""))
    return _next(known)


def _next(known: Known) -> Say | Use:
    if known.ending:
        return Say("")
    if known.booked:
        if known.bye or known.said_no:
            return Use("end_call")
        return Say(f"You are booked for {known.day.title()} at {known.time}. Is there anything else?")
    if known.bye:
        return Use("end_call")
    if known.payment.wanted:
        return _next_of_payment(known)
    if not known.day:
        return Say("I can book an appointment for you. Which day would you like?")
    if known.day not in known.offered:
        return Use("free_slots", {"day": known.day})
    times = known.offered[known.day]
    if not known.time or known.time not in times:
        lead = f"{known.time.title()} is taken. " if known.time else ""
        return Say(f"{lead}On {known.day.title()} I have {_spoken(times)}. Which time would you like?")
    if not known.name:
        return Say("And what is your name?")
    if known.confirmed:
        return Use("book_appointment", {"day": known.day, "time": known.time, "name": known.name})
    return Say(f"That is {known.day.title()} at {known.time}, for {known.name.title()}. Is that right?")


def _next_of_payment(known: Known) -> Say | Use:
    payment = known.payment
    if payment.paid:
        if known.said_no:
            return Use("end_call")
        return Say(f"Thank you, your deposit of {AMOUNT} is paid. Is there anything else?")
    if payment.missing:
        return Say(QUESTIONS[payment.missing])
    return Use("pay_deposit", payment.told)


def _listen(known: Known, text: str) -> None:
    text = _mended(text)
    known.payment.listen(text, known.asked)
    before = (known.day, known.time, known.name)
    known.said_no = bool(NO.search(text))
    known.bye = bool(BYE.search(text)) and (known.booked or known.asked in ("more", "help"))
    if known.payment.wanted:
        return
    day = _last_of(DAYS, text)
    if day and day != known.day:
        known.day, known.time = day, ""
    time = _last_of(TIMES, text)
    known.time = time or _pressed_time(known, text) or known.time
    known.name = _name(known, text, heard_slot=bool(day or time)) or known.name
    unchanged = before == (known.day, known.time, known.name)
    if known.asked == "confirm" and unchanged:
        keys = KEYS.search(text)
        known.confirmed = (bool(YES.search(text)) and not known.said_no) or bool(keys and keys[1].startswith("1"))
        if known.said_no and not known.confirmed:
            known.day = known.time = known.name = ""
    else:
        known.confirmed = False


def _mended(text: str) -> str:
    for heard, meant in HEARD_AS.items():
        if heard != "for" and heard not in ("to", "too"):
            text = re.sub(rf"\b{heard}\b", meant, text)
    return text


def _last_of(words: Sequence[str], text: str) -> str:
    found = [(text.rfind(word), word) for word in words if re.search(rf"\b{word}\b", text)]
    return max(found)[1] if found else ""


def _pressed_time(known: Known, text: str) -> str:
    keys = KEYS.search(text)
    times = known.offered.get(known.day, [])
    if keys and known.asked == "time" and keys[1][0].isdigit() and 1 <= int(keys[1][0]) <= len(times):
        return times[int(keys[1][0]) - 1]
    return ""


def _name(known: Known, text: str, *, heard_slot: bool) -> str:
    for match in NAME.finditer(text):
        words = [w for w in match[1].split() if w not in NOT_NAMES]
        if words and match[1].split()[0] not in NOT_NAMES:
            return " ".join(words)
    words = [w for w in re.findall(r"[a-z]+", text) if w not in NOT_NAMES]
    if known.asked == "name" and not heard_slot and 1 <= len(words) <= 3 and not KEYS.search(text):
        return " ".join(words)
    return ""


def _question(text: str) -> str:
    for words, question in (
        ("Is that right", "confirm"),
        ("anything else", "more"),
        ("your name", "name"),
        ("Which time", "time"),
        ("Which day", "day"),
        ("How can I help", "help"),
        *((words, question) for question, words in QUESTIONS.items()),
    ):
        if words in text:
            return question
    return ""


def _result(known: Known, content: str) -> None:
    try:
        result = json.loads(content)
    except ValueError:
        return
    if not isinstance(result, dict):
        return
    known.payment.result(result)
    if result.get("status") == "booked":
        known.booked = True
    elif result.get("status") == "ending":
        known.ending = True
    elif "times" in result:
        known.offered[result["day"]] = list(result["times"])
    elif "open" in result:
        known.day = ""


def _spoken(times: Sequence[str]) -> str:
    return ", ".join(times[:-1]) + f" or {times[-1]}" if len(times) > 1 else times[0]
