"""What a policy wants to be said before anything else, in order."""

from op26x.consent.texts import Notice
from op26x.policy import Disclosure, EffectivePolicy


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
