"""Asks every check, and says of each promise whether it holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Literal

import msgspec

from op26x import logs
from op26x.calls.installation import Installation
from op26x.calls.verifying import given, kept, record, sealed, transit
from op26x.calls.verifying.looking import Check, Look
from op26x.calls.workspace import Workspace
from op26x.policy.promises import LANGUAGES, Promise, promises
from op26x.processors import Registered

log = logs.get("verify")

CHECKS: dict[str, Check] = {
    "data-map": sealed.data_map,
    "recorded-where-off": kept.recorded_where_off,
    "words-without-recording": kept.words_without_recording,
    "recorded-without-proof": kept.recorded_without_proof,
    "given-without-terms": given.given_without_terms,
    "refused-connections": given.refused_connections,
    "terms-that-train": given.terms_that_train,
    "law-out-of-date": record.law_out_of_date,
    "tls": transit.tls,
    "certificate": transit.certificate,
    "columns-in-clear": sealed.columns_in_clear,
    "files-in-clear": sealed.files_in_clear,
    "root-key": sealed.root_key,
    "overdue": kept.overdue,
    "kept-too-long": kept.kept_too_long,
    "files-without-rows": kept.files_without_rows,
    "keys-without-rows": kept.keys_without_rows,
    "demands-waiting": kept.demands_waiting,
    "lost": kept.lost,
    "audit-log": record.audit_log,
    "owners": record.owners,
}
"""By name, in the order of the policy. A check looks at what is there; it changes nothing."""

State = Literal["holds", "broken", "duty"]


class CheckResult(msgspec.Struct, frozen=True):
    """What a check found.

    Attributes:
        id: Its name.
        about: What it looks for.
        findings: What is wrong; nothing if nothing is.
    """

    id: str
    about: str
    findings: list[str]


class PromiseResult(msgspec.Struct, frozen=True):
    """A promise of the policy, as it stands.

    Attributes:
        id: Where it stands in the policy.
        section: What it is about.
        says: The sentence.
        state: ``broken`` if one of its checks found something; else ``duty`` if the customer must do something for it
            that nothing here can see, and ``holds`` if not.
        enforced_by: What keeps it.
        duty: What the customer must do.
        checks: What was looked for.
    """

    id: str
    section: str
    says: str
    state: State
    enforced_by: str
    duty: str
    checks: list[CheckResult]

    @property
    def findings(self) -> str:
        """What is wrong, as one text; empty if nothing is."""
        return " ".join(finding for check in self.checks for finding in check.findings)


class Verification(msgspec.Struct, frozen=True):
    """Whether the policy holds on an installation.

    Attributes:
        organization: Whose policy it is.
        version: Of op26x.
        at: When it was looked at, UTC.
        language: Of the sentences.
        promises: Each of them.
    """

    organization: str
    version: str
    at: datetime
    language: str
    promises: list[PromiseResult]

    @property
    def broken(self) -> list[PromiseResult]:
        """Those that do not hold."""
        return [one for one in self.promises if one.state == "broken"]


async def verify_policy(installation: Installation, workspace: Workspace, language: str = "en") -> Verification:
    """Looks at everything that the policy promises. It reads whatever it must, and changes nothing but the log's tree.

    Args:
        installation: The installation.
        workspace: The organization whose policy it is.
        language: Of the sentences, one of ``LANGUAGES``.
    """
    days = await workspace.periods.days()
    look = Look(
        installation,
        workspace,
        installation.clock.now(),
        await workspace.reconciliation.find(timedelta(days=days)),
        await workspace.processors.list(installation.registry, installation.settings.core),
    )
    found = {name: await _asked(name, check, look) for name, check in CHECKS.items()}
    name = installation.organizations.named(workspace.organization_id).name
    facts = {"organization": name, "days": str(days), "processors": _companies(look.registered, language)}
    return Verification(
        name,
        version("op26x"),
        look.now,
        language,
        [_result(promise, found, facts, language) for promise in promises()],
    )


async def _asked(name: str, check: Check, look: Look) -> CheckResult:
    about = (check.__doc__ or "").strip()
    try:
        return CheckResult(name, about, await check(look))
    except Exception as error:  # what can't be looked at does not hold
        log.error("a check failed", check=name, exc_info=error)
        return CheckResult(name, about, [f"It can't be looked at: {type(error).__name__}. The log has the place."])


def _result(promise: Promise, found: dict[str, CheckResult], facts: dict[str, str], language: str) -> PromiseResult:
    checks = [found[name] for name in promise.checks]
    broken = any(check.findings for check in checks)
    says = promise.says[language].format(**facts)
    state: State = "broken" if broken else "duty" if promise.duty else "holds"
    return PromiseResult(promise.id, promise.section, says, state, promise.enforced_by, promise.duty, checks)


NOBODY = {"en": "none", "de": "keine", "es": "ninguna", "fr": "aucune", "hi": "कोई नहीं"}
assert set(NOBODY) == set(LANGUAGES)


def _companies(registered: Sequence[Registered], language: str) -> str:
    given = (one.processor.name for one in registered if one.standing.is_given_data)
    return ", ".join(dict.fromkeys(given)) or NOBODY[language]
