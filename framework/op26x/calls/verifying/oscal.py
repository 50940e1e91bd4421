"""The result as programs for compliance read it: assessment results of OSCAL 1.1.2 (NIST, https://pages.nist.gov/OSCAL).

A promise is a finding about an objective, ``promise-5.3``; a check is an observation that was made by a test.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from op26x.calls.verifying.verification import CheckResult, PromiseResult, Verification

VERSION = "1.1.2"
SPACE = "https://op26x.example/verification"


def as_oscal(found: Verification) -> dict[str, Any]:
    """An object to be written as JSON; its identifiers follow from organization, time and name."""
    at = found.at.isoformat()
    checks = {check.id: check for promise in found.promises for check in promise.checks}

    def named(*parts: str) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join((SPACE, found.organization, at, *parts))))

    result = {
        "uuid": named("result"),
        "title": f"The privacy policy of {found.organization}",
        "description": "Each promise of the policy, and what was found on the running installation.",
        "start": at,
        "end": at,
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
        "observations": [_observation(check, named("check", check.id), at) for check in checks.values()],
        "findings": [_finding(one, named) for one in found.promises],
    }
    return {
        "assessment-results": {
            "uuid": named("results"),
            "metadata": {
                "title": f"op26x policy verify: {found.organization}",
                "last-modified": at,
                "version": found.version,
                "oscal-version": VERSION,
            },
            "import-ap": {"href": "#policy"},
            "results": [result],
        }
    }


def _observation(check: CheckResult, uuid: str, at: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "title": check.id,
        "description": " ".join([check.about, *(check.findings or ["None."])]),
        "methods": ["TEST"],
        "collected": at,
    }


def _finding(one: PromiseResult, named: Any) -> dict[str, Any]:
    return {
        "uuid": named("promise", one.id),
        "title": f"Promise {one.id}",
        "description": one.says,
        "target": {
            "type": "objective-id",
            "target-id": f"promise-{one.id}",
            "status": {"state": "not-satisfied" if one.state == "broken" else "satisfied"},
            **({"remarks": f"The customer's duty: {one.duty}"} if one.duty else {}),
        },
        "related-observations": [{"observation-uuid": named("check", check.id)} for check in one.checks],
    }
