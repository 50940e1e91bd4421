"""``op26x policy``: what a call is held under and why, and the law tables."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from op26x.cli.context import Data, Json, Organization, load_context, open_workspace, run_async, there_is_data
from op26x.cli.output import print_list, print_one, print_red
from op26x.clock import in_utc
from op26x.errors import NotFound, PolicyError, UsageError
from op26x.types import PhoneNumber

if TYPE_CHECKING:
    from op26x.agents import Agent
    from op26x.calls import Workspace
    from op26x.plugins import Registry
    from op26x.policy import EffectivePolicy, Fragment, Ground, Override, OwnRow, Row, Table
    from op26x.processors import ProcessorAcceptance
    from op26x.settings import CoreSettings

From = Annotated[str, Parameter(name="--from", help="The calling number, with its country code; none is withheld.")]
To = Annotated[str, Parameter(name="--to", help="The called number.")]
AgentName = Annotated[str, Parameter(name="--agent", help="Name of an agent; default is the one that takes calls.")]
At = Annotated[str, Parameter(name="--at", help="When, as in 2027-06-01 or 2027-06-01T09:00Z; default is now.")]
Outbound = Annotated[bool, Parameter(negative="", help="We call.")]
Place = Annotated[str, Parameter(name="--place", help="Where the person is besides, known from a form: US-CA.")]
CampaignName = Annotated[str, Parameter(name="--campaign", help="The campaign that the call belongs to.")]
CARRIER = "twilio"
OLD_MONTHS = 6
DAYS_OF_A_MONTH = 30.44


@dataclass(frozen=True)
class Whose:
    """Whose calls they are.

    Attributes:
        agent: Who takes them.
        core: The installation's settings.
        grounds: What is proved of all of them.
        own: The rows and overrides of the organization that are about them.
        terms: That nobody is given anything whose terms it has not accepted.
        registry: Knows where companies process data.
        used: The plugins that the calls are held with.
    """

    agent: "Agent"
    core: "CoreSettings"
    grounds: "frozenset[Ground]"
    own: "tuple[OwnRow | Override, ...]"
    terms: "tuple[Fragment, ...]"
    registry: "Registry"
    used: frozenset[str]


def show_policy(
    call_id: Annotated[str, Parameter(name="CALL", help="Identifier of the call.")],
    /,
    *,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Says what a call was held under: each field, its value, who decided it."""

    async def held(workspace: "Workspace") -> "EffectivePolicy":
        call, _ = await workspace.calls.get(call_id)
        return await workspace.policies.get(call.policy)

    with open_workspace(data, organization) as workspace:
        policy = run_async(held(workspace))
    _print_policy(policy, as_json=json)


def explain_policy(
    *,
    caller: From = "",
    called: To = "",
    outbound: Outbound = False,
    agent: AgentName = "",
    at: At = "",
    place: Place = "",
    campaign: CampaignName = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Says what a call would be held under: each field, its value, who decided it, and what would loosen it."""
    whose = _whose(agent, organization, data, caller if outbound else called, campaign)
    policy = _policy(whose, caller, called, _moment(at), place, outbound=outbound)
    _print_policy(policy, as_json=json)


def _print_policy(policy: "EffectivePolicy", *, as_json: bool) -> None:
    from op26x.client.summaries import policy_explanation

    found = policy_explanation(policy)
    if as_json:
        print_one(found, as_json=True)
        return
    rows = [
        {
            "field": line.field,
            "value": line.value,
            "decided by": "; ".join(one.source + (f" ({one.cite})" if one.cite else "") for one in line.decided_by),
            "loosened by": "; ".join(sorted({one.loosened_by for one in line.decided_by})),
        }
        for line in found.fields
        if line.decided_by
    ]
    spoken = f" Languages: {', '.join(found.languages)}." if found.languages else ""
    print(f"Places: {', '.join(found.places)}.{spoken} Policy {found.hash[:16]}.")
    print_list(found.fields, rows, as_json=False, empty="Nobody demands anything of such a call.")
    for lifted in found.lifted:
        tell = print_red if lifted.override else print
        tell(f"Lifted: {lifted.row} ({lifted.cite}), by {lifted.by}.")
    print("These are facts for engineers, no legal advice.")


def compare_policies(
    *,
    caller: From = "",
    called: To = "",
    outbound: Outbound = False,
    agent: AgentName = "",
    at: At = "",
    place: Place = "",
    other_agent: Annotated[str, Parameter(help="Compare with this agent.")] = "",
    other_at: Annotated[str, Parameter(help="Compare with that time.")] = "",
    other_place: Annotated[str, Parameter(help="Compare with a person who is there besides.")] = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Says in what the policies of two calls differ: by agent, by time, or by place."""
    from op26x.policy import what_differs

    if not (other_agent or other_at or other_place):
        raise UsageError("There is nothing to compare with.", "Give --other-agent, --other-at or --other-place.")
    ours = caller if outbound else called
    whose = _whose(agent, organization, data, ours)
    one = _policy(whose, caller, called, _moment(at), place, outbound=outbound)
    whose = _whose(other_agent, organization, data, ours) if other_agent else whose
    other = _policy(whose, caller, called, _moment(other_at or at), other_place or place, outbound=outbound)
    rows = [{"field": name, "one": mine, "other": theirs} for name, mine, theirs in what_differs(one, other)]
    print_list(rows, rows, as_json=json, empty="They do not differ.")


class Simulated(msgspec.Struct, frozen=True):
    """What would become of one contact.

    Attributes:
        row: Of the file, from 1.
        places: Where they may be.
        called: Whether they could be called at that time, as far as the law is concerned; their consent and how often
            they were called before are not looked at.
        why_not: What is in the way.
        opens_at: When they may be called, if it is only the hour.
        recording: What must have happened before a byte is recorded.
        consent: What they must have agreed to.
    """

    row: int
    places: str
    called: bool
    why_not: str
    opens_at: str
    recording: str
    consent: str


def simulate_campaign(
    *,
    contacts: Annotated[Path, Parameter(help="A CSV file with a column number, and a column place if it is known.")],
    caller: From = "",
    agent: AgentName = "",
    at: At = "",
    campaign: CampaignName = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Says which of many contacts could be called at a time, how they would be recorded, and what is in the way."""
    moment, whose = _moment(at), _whose(agent, organization, data, caller, campaign)
    found = []
    for row, (number, place) in enumerate(_contacts(contacts), 1):
        try:
            policy = _policy(whose, caller, number, moment, place, outbound=True)
        except PolicyError as error:
            raise PolicyError(f"Row {row} of {contacts}: {error.message}", error.remedy) from None
        found.append(_simulated(row, policy, moment))
    rows = [msgspec.structs.asdict(one) for one in found]
    print_list(found, rows, as_json=json, empty="There is nobody in the file.")
    if not json:
        counted = Counter(one.why_not or "could be called" for one in found)
        print("; ".join(f"{number} {what}" for what, number in counted.most_common()) + ".")


class ListedRow(msgspec.Struct, frozen=True):
    """A row of a law table.

    Attributes:
        id: Names it for ever.
        table: Which table it is in.
        places: Where it is the law.
        demands: What it demands, in words.
        purpose: For which calls; empty means every one.
        effective: The first day on which it holds.
        until: The last one.
        cite: The statute or other text.
        confidence: ``high``, ``medium`` or ``low``.
        as_of: When its table was last gone through.
    """

    id: str
    table: str
    places: tuple[str, ...]
    demands: str
    purpose: str
    effective: str
    until: str
    cite: str
    confidence: str
    as_of: str


def show_table(
    table: Annotated[str, Parameter(name="TABLE", help="recording, hours or calling.")], /, *, json: Json = False
) -> None:
    """Prints a law table for a lawyer to read."""
    from op26x.policy import LAW

    if table not in LAW.versions:
        raise NotFound(f"There is no table {table!r}.", f"The tables are: {', '.join(LAW.versions)}.")
    _print_rows([pair for pair in LAW.all_rows() if pair[0].name == table], as_json=json)


def list_rows(
    *,
    place: Annotated[str, Parameter(help="Only the law of a place, US-CA.")] = "",
    changed_since: Annotated[str, Parameter(help="Only rows that begin or end to hold from that day on.")] = "",
    json: Json = False,
) -> None:
    """Lists rows of the law tables, for whoever keeps watch over them."""
    from op26x.policy import LAW, check_place, families_of

    pairs = list(LAW.all_rows())
    if place:
        check_place(place)
        above, today = set(families_of(place)), datetime.now(UTC).date()
        pairs = [(table, row) for table, row in pairs if above & {*row.places} or row in table.rows_of(place, today)]
    if changed_since:
        since = _moment(changed_since).date()
        pairs = [(table, row) for table, row in pairs if _changes(row, since)]
    _print_rows(pairs, as_json=json)


def list_stale_rows(
    *,
    months: Annotated[
        int, Parameter(validator=Number(gte=1, lte=120), help="How long ago a table may have been gone through.")
    ] = OLD_MONTHS,
    json: Json = False,
) -> None:
    """Lists the rows that somebody should look at: old ones, and those of low confidence."""
    from op26x.policy import LAW, Confidence

    oldest = datetime.now(UTC).date() - timedelta(days=months * DAYS_OF_A_MONTH)
    pairs = [(table, row) for table, row in LAW.all_rows() if table.as_of < oldest or row.confidence is Confidence.LOW]
    _print_rows(pairs, as_json=json)


def _print_rows(pairs: "list[tuple[Table, Row]]", *, as_json: bool) -> None:
    from op26x.policy import demands_in_words

    found = [
        ListedRow(
            row.id,
            table.name,
            row.places,
            demands_in_words(row.rules(row.places[0])),
            row.purpose or "",
            str(row.effective or ""),
            str(row.until or ""),
            row.cite,
            row.confidence.value,
            str(table.as_of),
        )
        for table, row in pairs
    ]
    rows = [msgspec.structs.asdict(one) for one in found]
    print_list(found, rows, as_json=as_json, empty="No row.")


def _changes(row: "Row", since: date) -> bool:
    return any(day is not None and day >= since for day in (row.effective, row.until))


def _simulated(row: int, policy: "EffectivePolicy", at: datetime) -> Simulated:
    opens = policy.hours.opens_at(at, policy.zones)
    why_not = "forbidden by law" if policy.forbidden else "" if opens == at else "outside calling hours"
    return Simulated(
        row,
        ", ".join(policy.places),
        not why_not,
        why_not,
        f"{opens:%Y-%m-%dT%H:%MZ}" if opens and opens != at and not policy.forbidden else "",
        policy.recording.value,
        policy.call_consent.value,
    )


def _contacts(contacts: Path) -> Iterator[tuple[str, str]]:
    """The number of each, and the place if it is known. A number without its country code may be anywhere."""
    try:
        with contacts.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if "number" not in (reader.fieldnames or ()):
                raise UsageError(f"{contacts} has no column number.", "Its first line names the columns: number,place")
            for contact in reader:
                number = contact["number"] or ""
                yield number if number.strip().startswith("+") else "", contact.get("place") or ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{contacts} can't be read: {error}.", "Name a CSV file in UTF-8.") from None


def _policy(whose: Whose, caller: str, called: str, at: datetime, place: str, *, outbound: bool) -> "EffectivePolicy":
    from op26x.calls.info import Arrival
    from op26x.calls.policies import POLICIES, our_demands, places_in, resolved, sides_of
    from op26x.calls.states import Direction
    from op26x.policy import Override, OwnRow, PolicyCall

    direction = Direction.OUTBOUND if outbound else Direction.INBOUND
    numbers = PhoneNumber.parse(caller), PhoneNumber.parse(called)
    arrival = Arrival("", "", direction, *numbers, places=tuple(places_in(place)))
    sides = sides_of(arrival, whose.agent, whose.core)
    overridden = tuple((one.row, str(one)) for one in whose.own if isinstance(one, Override))
    call = PolicyCall(*sides, at, outbound, whose.agent.purpose, whose.grounds, overridden)
    rows = [one for one in whose.own if isinstance(one, OwnRow)]
    fragments = [*our_demands(whose.agent, whose.core), *whose.terms]
    return resolved(partial(POLICIES.resolve, call, own=rows), fragments, whose.registry, whose.used)


def _whose(agent: str, organization: str, data: Path | None, ours: str, campaign: str = "") -> Whose:
    from op26x.calls.core_plugins import register_core
    from op26x.calls.own_policy import not_accepted, plugins_used
    from op26x.calls.policies import grounds_of
    from op26x.cli.agents import find_agent
    from op26x.plugins import build_registry
    from op26x.processors import registered

    context = load_context(data=data)
    found = find_agent(agent or context.settings.core.agent, None, organization, data)
    registry = build_registry(register_core(context.plugins))
    core = context.settings.core
    own: tuple[OwnRow | Override, ...] = ()
    accepted: Sequence[ProcessorAcceptance] = ()
    if there_is_data(core):
        own, accepted = _own(organization, data, found.name, ours, campaign)
    used = plugins_used(found, CARRIER, registry)
    terms = not_accepted(registry, registered(registry, core, accepted, datetime.now(UTC)), used)
    return Whose(found, core, grounds_of(found, registry), own, terms, registry, used)


def _own(
    organization: str, data: Path | None, agent: str, ours: str, campaign: str
) -> "tuple[tuple[OwnRow | Override, ...], Sequence[ProcessorAcceptance]]":
    """What the organization adds to the law for such calls, and whose terms it has accepted."""
    from op26x.policy import OwnCall, check_campaign

    with open_workspace(data, organization) as workspace:
        kept = run_async(workspace.own_rows.list())
        accepted = run_async(workspace.processors.acceptances())
        line = run_async(workspace.phone_lines.find(CARRIER, PhoneNumber.parse(ours))) if ours else None
    call = OwnCall(agent, (line.id, line.label) if line else (), check_campaign(campaign))
    return tuple(one.content for one in kept if one.content.about(call)), accepted


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        return in_utc(datetime.fromisoformat(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PolicyError(f"{text!r} is no time.", "Write it as 2027-06-01 or 2027-06-01T09:00Z.") from None
