"""The client."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from op26x.calls.live import LiveEvent
from op26x.client.audio import AudioPart
from op26x.client.events import events
from op26x.client.policy_types import (
    ConsentSummary,
    ConsentsWanted,
    OverrideWanted,
    PolicyExpected,
    PolicyExplanation,
    PolicyRowSummary,
    PolicyRowsWanted,
    PolicyWanted,
    RegistrySummary,
    SuppressionSummary,
    SuppressionWanted,
)
from op26x.client.processor_types import (
    DisclosureSummary,
    DisclosuresWanted,
    DisclosureTotal,
    ProcessorAccepted,
    ProcessorSummary,
)
from op26x.client.types import (
    AgentSummary,
    CallDetail,
    CallSummary,
    ChangedRole,
    ChosenOrganization,
    Invitation,
    InvitationSummary,
    ListeningLink,
    Me,
    OneTimeAddress,
    PersonSummary,
    PlaceCall,
    Reason,
    RecordingAction,
    RetentionPeriod,
    RoleName,
    Running,
    ScheduleCall,
    ScheduledCallSummary,
    TranscriptTurn,
)
from op26x.errors import Forbidden, KeyGone, NotFound, NotSignedIn, ServiceUnreachable, UsageError, WorkError
from op26x.settings import Settings

T = TypeVar("T")

TIMEOUT_S = 10.0
ACCEPTED = 202
ORGANIZATION = "Op26x-Organization"
"""The header by which whoever may act for several organizations says for which."""


class Client:
    """Speaks to a service.

    Args:
        url: Where it listens, ``http://127.0.0.1:8026``.
        key: An API key.
        transport: Another way to reach it, for tests.
        organization: For which, if whoever asks may act for several: its name or identifier.
        headers: More of them.
    """

    def __init__(
        self,
        url: str,
        key: str,
        transport: httpx.BaseTransport | None = None,
        *,
        organization: str = "",
        headers: Mapping[str, str] = {},
    ) -> None:
        named = {ORGANIZATION: organization} if organization else {}
        headers = {"Authorization": f"Bearer {key}", **named, **headers}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport)

    @classmethod
    def of_running_service(cls, settings: Settings, organization: str = "") -> "Client":
        """The client of the service that runs on a data directory, as its operator.

        Args:
            settings: Name the directory.
            organization: For which; default is the setting, or else the only one there is.

        Raises:
            ServiceUnreachable: None does.
        """
        running = running_service(settings)
        if running is None:
            raise ServiceUnreachable(f"No service is running on {settings.core.data}.", "Start it with: op26x up")
        return cls(running.url, running.key, organization=organization or settings.core.organization)

    def calls(self, limit: int = 100, before: str | None = None, **wanted: str) -> list[CallSummary]:
        """Calls, newest first.

        Args:
            limit: At most so many.
            before: Identifier of a call to continue after.
            wanted: ``agent``, ``state``, ``since``, ``recorded``, ``provider_call_id``, as in the API.
        """
        params: dict[str, Any] = {"limit": limit, **({"before": before} if before else {}), **wanted}
        return self._get("/api/calls", list[CallSummary], params)

    def call(self, call_id: str) -> CallDetail:
        """One call with its turns. Raises ``NotFound``."""
        return self._get(f"/api/calls/{quote(call_id, safe='')}", CallDetail)

    def policy(self, call_id: str) -> PolicyExplanation:
        """What a call is held under, and why. Raises ``NotFound``."""
        return self._get(f"/api/calls/{quote(call_id, safe='')}/policy", PolicyExplanation)

    def explain(self, wanted: PolicyWanted) -> PolicyExpected:
        """What a call would be held under, and why. Raises ``NotFound`` if no such agent takes calls."""
        answer = self._request("POST", "/api/policy/explain", content=msgspec.json.encode(wanted))
        return self._decode(answer, PolicyExpected)

    def consents(self, wanted: ConsentsWanted) -> list[ConsentSummary]:
        """What people decided, newest first."""
        answer = self._request("POST", "/api/consents/find", content=msgspec.json.encode(wanted))
        return self._decode(answer, list[ConsentSummary])

    def suppressions(self, limit: int = 100) -> list[SuppressionSummary]:
        """Who is not to be called, newest first."""
        return self._get("/api/suppressions", list[SuppressionSummary], {"limit": limit})

    def suppress(self, number: str, why: str, *, campaign: str = "", until: datetime | None = None) -> None:
        """Puts a person on the do-not-call list; twice changes nothing.

        Args:
            number: With its country code.
            why: How they said so, for the audit log.
            campaign: For which campaign; for any, if it is empty.
            until: They may be called again from then on; never, if nothing is said.
        """
        body = msgspec.json.encode(SuppressionWanted(number, why, campaign, until))
        self._request("POST", "/api/suppressions", content=body)

    def unsuppress(self, suppression_id: str, why: str) -> None:
        """Takes a person off the list, by their own documented wish. Raises ``NotFound``.

        Args:
            suppression_id: The entry.
            why: Where that wish is documented.
        """
        self._request("DELETE", f"/api/suppressions/{quote(suppression_id, safe='')}", params={"why": why})

    def policy_rows(self, *, ended: bool = False) -> list[PolicyRowSummary]:
        """Rows that the organization adds to the law, and overrides of the law; those that are over only if asked."""
        return self._get("/api/policy-rows", list[PolicyRowSummary], {"ended": ended})

    def add_policy_rows(self, wanted: PolicyRowsWanted) -> list[PolicyRowSummary]:
        """Adds rows to the law for the organization's calls: all or none. Raises ``UsageError``."""
        answer = self._request("POST", "/api/policy-rows", content=msgspec.json.encode(wanted))
        return self._decode(answer, list[PolicyRowSummary])

    def remove_policy_row(self, name: str, why: str) -> None:
        """Takes a row of the organization away. Raises ``NotFound``."""
        self._request("DELETE", f"/api/policy-rows/{quote(name, safe='')}", params={"why": why})

    def override(self, wanted: OverrideWanted) -> PolicyRowSummary:
        """Lifts a row of the law for the organization's calls, for a time. Raises ``UsageError``."""
        answer = self._request("POST", "/api/overrides", content=msgspec.json.encode(wanted))
        return self._decode(answer, PolicyRowSummary)

    def end_override(self, override_id: str, why: str) -> None:
        """Ends an override. Raises ``NotFound``."""
        self._request("DELETE", f"/api/overrides/{quote(override_id, safe='')}", params={"why": why})

    def registries(self) -> list[RegistrySummary]:
        """The do-not-call registries that were read in."""
        return self._get("/api/registries", list[RegistrySummary])

    def place_call(
        self, *, to: str, agent: str, provider: str = "twilio", place: str = "", campaign: str = ""
    ) -> CallSummary:
        """Places a call. Raises ``UsageError`` or ``WorkError`` with what the service says."""
        body = msgspec.json.encode(PlaceCall(to, agent, provider, place, campaign))
        return self._decode(self._request("POST", "/api/calls", content=body), CallSummary)

    def schedule_call(self, wanted: ScheduleCall) -> ScheduledCallSummary:
        """Places a call at once if the person may be called now, else once they may; errors as of ``place_call``."""
        body = msgspec.json.encode(wanted)
        return self._decode(self._request("POST", "/api/scheduled-calls", content=body), ScheduledCallSummary)

    def scheduled_calls(self, *, state: str = "", before: str = "", limit: int = 100) -> list[ScheduledCallSummary]:
        """Calls that wait, or have waited, newest first.

        Args:
            state: Only those in this state.
            before: Ordered before the one with this identifier, for the next page.
            limit: At most so many.
        """
        asked = {"limit": limit, "before": before, **({"state": state} if state else {})}
        return self._get("/api/scheduled-calls", list[ScheduledCallSummary], asked)

    def scheduled_call(self, scheduled_id: str) -> ScheduledCallSummary:
        """One of them. Raises ``NotFound``."""
        return self._get(f"/api/scheduled-calls/{quote(scheduled_id, safe='')}", ScheduledCallSummary)

    def cancel_scheduled_call(self, scheduled_id: str, why: str) -> None:
        """Calls one off.

        Args:
            scheduled_id: Which.
            why: For the audit log.

        Raises:
            NotFound: There is none.
            WorkError: It was settled before, or is being placed.
        """
        self._request("DELETE", f"/api/scheduled-calls/{quote(scheduled_id, safe='')}", params={"why": why})

    def audio(self, record_id: str, why: str) -> bytes:
        """A recording, by its identifier or its call's, as a WAV file: stereo, caller left, agent right.

        Args:
            record_id: Which.
            why: For the audit log.

        Raises:
            NotFound: There is none.
            WorkError: It was erased, or the time to keep it is over.
        """
        return self._request("GET", f"/api/recordings/{quote(record_id, safe='')}/audio", params={"why": why}).content

    def transcript(self, record_id: str, why: str) -> list[TranscriptTurn]:
        """What was said; arguments and errors as of ``audio``."""
        return self._get(f"/api/recordings/{quote(record_id, safe='')}/transcript", list[TranscriptTurn], {"why": why})

    def listen(self, record_id: str, why: str) -> ListeningLink:
        """Leave to hear and read a recording for a while, noted once; arguments and errors as of ``audio``."""
        body = msgspec.json.encode(Reason(why))
        path = f"/api/recordings/{quote(record_id, safe='')}/links"
        return self._decode(self._request("POST", path, content=body), ListeningLink)

    def link(self, token: str) -> ListeningLink:
        """A listening link, as long as its recording may be read.

        Raises:
            NotFound: There is no such link of this key.
            KeyGone: Its time is over, or the recording was erased.
        """
        return self._get(_link(token), ListeningLink)

    def linked_audio(self, token: str, asked: str = "") -> AudioPart:
        """The recording of a link as a WAV file, in pieces; errors as of ``link``.

        Args:
            token: The link's.
            asked: The part that is wanted, as a header ``Range``; empty means all.
        """
        request = self._http.build_request("GET", f"{_link(token)}/audio", headers={"Range": asked} if asked else {})
        response = self._sent(lambda: self._http.send(request, stream=True))
        try:
            self._raise_for(response)
        except BaseException:
            response.close()
            raise
        return AudioPart(response)

    def linked_transcript(self, token: str) -> list[TranscriptTurn]:
        """What was said in the recording of a link; errors as of ``link``."""
        return self._get(f"{_link(token)}/transcript", list[TranscriptTurn])

    def end_link(self, token: str) -> None:
        """Ends a link; errors as of ``link``."""
        self._request("DELETE", _link(token))

    def erase_recording(self, record_id: str, why: str) -> bool:
        """Destroys the key, then audio and words; arguments and errors as of ``audio``.

        Returns:
            Whether all of it is gone. If not, nobody can read it any more, and the service goes on erasing it.
        """
        answer = self._request("DELETE", f"/api/recordings/{quote(record_id, safe='')}", params={"why": why})
        return answer.status_code != ACCEPTED

    def act_on_recording(self, call_id: str, action: Literal["pause", "resume", "stop", "delete"]) -> None:
        """Does something with the recording of a call in progress. Raises ``NotFound`` if there is none."""
        body = msgspec.json.encode(RecordingAction(action))
        self._request("POST", f"/api/calls/{quote(call_id, safe='')}/recording", content=body)

    def retention(self, days: int | None = None) -> RetentionPeriod:
        """The organization's period; with ``days``, what another one would do."""
        return self._get("/api/retention", RetentionPeriod, {"days": days} if days else {})

    def change_retention(self, days: int) -> RetentionPeriod:
        """Sets the period; what becomes overdue is erased by the next sweep."""
        return self._decode(
            self._request("PUT", "/api/retention", content=msgspec.json.encode(RetentionPeriod(days))), RetentionPeriod
        )

    def processors(self) -> list[ProcessorSummary]:
        """Who is given personal data, and whose terms the organization has accepted."""
        return self._get("/api/processors", list[ProcessorSummary])

    def accept_processor(
        self, name: str, fingerprint: str, agreement: str = "", from_at: datetime | None = None
    ) -> None:
        """Accepts a company's terms as they were read; arguments as of ``ProcessorAccepted``."""
        body = msgspec.json.encode(ProcessorAccepted(fingerprint, agreement, from_at))
        self._request("PUT", f"/api/processors/{quote(name, safe='')}/acceptance", content=body)

    def withdraw_processor(self, name: str) -> None:
        """Accepts a company's terms no more."""
        self._request("DELETE", f"/api/processors/{quote(name, safe='')}/acceptance")

    def call_disclosures(self, call_id: str) -> list[DisclosureSummary]:
        """What companies were given in a call."""
        return self._get(f"/api/calls/{quote(call_id, safe='')}/disclosures", list[DisclosureSummary])

    def disclosures(self, wanted: DisclosuresWanted) -> list[DisclosureSummary]:
        """What companies were given, newest first."""
        answer = self._request("POST", "/api/disclosures/find", content=msgspec.json.encode(wanted))
        return self._decode(answer, list[DisclosureSummary])

    def disclosure_totals(self, days: int = 30) -> list[DisclosureTotal]:
        """What each company was given on each of the last days, newest first."""
        return self._get("/api/disclosures/totals", list[DisclosureTotal], {"days": days})

    def me(self) -> Me:
        """Who asks, in a session; raises ``NotSignedIn`` if it has ended."""
        return self._get("/api/me", Me)

    def choose_organization(self, organization: str) -> None:
        """The organization that a session is for from now on: its name or identifier."""
        body = msgspec.json.encode(ChosenOrganization(organization))
        self._request("PUT", "/api/me/organization", content=body)

    def people(self) -> list[PersonSummary]:
        """Who belongs to the organization."""
        return self._get("/api/people", list[PersonSummary])

    def change_role(self, user_id: str, role: RoleName) -> None:
        """Makes a member something else."""
        body = msgspec.json.encode(ChangedRole(role))
        self._request("PUT", f"/api/people/{quote(user_id, safe='')}", content=body)

    def remove_person(self, user_id: str) -> None:
        """Ends a membership."""
        self._request("DELETE", f"/api/people/{quote(user_id, safe='')}")

    def sign_out(self, user_id: str) -> None:
        """Ends all sessions of a member."""
        self._request("DELETE", f"/api/people/{quote(user_id, safe='')}/sessions")

    def password_link(self, user_id: str) -> OneTimeAddress:
        """A link by which a member chooses another password."""
        answer = self._request("POST", f"/api/people/{quote(user_id, safe='')}/password-link")
        return self._decode(answer, OneTimeAddress)

    def invitations(self) -> list[InvitationSummary]:
        """Invitations that wait to be accepted."""
        return self._get("/api/invitations", list[InvitationSummary])

    def invite(self, email: str, role: RoleName) -> OneTimeAddress:
        """Invites somebody into the organization."""
        body = msgspec.json.encode(Invitation(email, role))
        return self._decode(self._request("POST", "/api/invitations", content=body), OneTimeAddress)

    def take_back(self, invitation_id: str) -> None:
        """Takes an invitation back."""
        self._request("DELETE", f"/api/invitations/{quote(invitation_id, safe='')}")

    def agents(self) -> list[AgentSummary]:
        """The agents."""
        return self._get("/api/agents", list[AgentSummary])

    def live(self, listening: Callable[[], None] = lambda: None, why: str = "not said") -> Iterator[LiveEvent]:
        """What happens in calls from now on, until the service stops or the iterator is closed.

        Args:
            listening: Called once nothing that happens is missed any more.
            why: For the audit log.

        Raises:
            UsageError: The service ended it, since the key was revoked.
            ServiceUnreachable: The connection broke.
        """
        timeout = httpx.Timeout(TIMEOUT_S, read=None)
        try:
            with self._http.stream("GET", "/api/live", params={"why": why}, timeout=timeout) as response:
                self._raise_for(response)
                yield from events(response.iter_lines(), listening)
        except httpx.TransportError as error:
            raise ServiceUnreachable(f"The service stopped answering: {type(error).__name__}.") from error

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, path: str, cls: type[T], params: dict[str, Any] | None = None) -> T:
        return self._decode(self._request("GET", path, params=params), cls)

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = self._sent(lambda: self._http.request(method, path, **options))
        self._raise_for(response)
        return response

    def _sent(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            return send()
        except httpx.TransportError as error:
            raise ServiceUnreachable(
                f"The service at {self._http.base_url} does not answer: {type(error).__name__}.",
                "Start it with: op26x up",
            ) from error

    def _decode(self, response: httpx.Response, cls: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=cls)
        except msgspec.DecodeError as error:
            raise WorkError(
                f"What answers at {self._http.base_url} is not this version of op26x: {error}.", "Check the address."
            ) from None

    def _raise_for(self, response: httpx.Response) -> None:
        """Turns a problem (RFC 9457) back into the error that it was."""
        if response.is_success:
            return
        response.read()
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        problem = problem if isinstance(problem, dict) else {}
        message = problem.get("detail") or f"The service answered {response.status_code}."
        kinds = {
            401: NotSignedIn,
            403: Forbidden,
            404: NotFound,
            502: WorkError,
            409: WorkError,
            410: KeyGone,
            503: ServiceUnreachable,
        }
        kind = kinds.get(response.status_code, UsageError if response.is_client_error else WorkError)
        raise kind(message, problem.get("remedy", ""))


def _link(token: str) -> str:
    return f"/api/links/{quote(token, safe='')}"


def running_service(settings: Settings) -> Running | None:
    """What the service on a data directory says of itself; ``None`` if none is running."""
    try:
        return msgspec.json.decode(settings.core.runtime_path.read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
