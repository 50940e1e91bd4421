"""What a policy wants to be said before anything else, in order, and in which languages."""

from op26x.consent.texts import Notice, texts
from op26x.policy import Disclosure, EffectivePolicy
from op26x.types import primary_language


def said_first(policy: EffectivePolicy, *, outbound: bool) -> tuple[Notice, ...]:
    """The notices with which a call opens, before any that is about its recording.

    Who calls comes first, and right after it how never to be called again (47 CFR 64.1200(b)(3): within 2 s).

    Args:
        policy: Of the call.
        outbound: Whether we called.
    """
    wanted = {
        Notice.IDENTIFY: outbound and policy.identify_caller,
        Notice.OPT_OUT: outbound and policy.opt_out,
        Notice.MACHINE: Disclosure.START in policy.ai_disclosure,
        Notice.LISTENING: policy.listening_notice,
    }
    return tuple(notice for notice, said in wanted.items() if said)


def second_language(policy: EffectivePolicy, language: str) -> str:
    """The language in which a call's notices are said once more, in short; empty if it takes none.

    It is the first of those where the person is that the agent does not speak and that there are texts in.

    Args:
        policy: Of the call.
        language: The agent's, as in BCP 47.
    """
    others = (one for one in policy.languages if one != primary_language(language))
    return next((one for one in others if texts(one)), "")
