"""The page "Retention": how long everything is kept, and what another period would do before it does it."""

import streamlit as st

from op26x.client import Me, RetentionPeriod
from op26x.errors import ServiceUnreachable, UsageError
from op26x_dashboard import service, style

LONGEST_DAYS = 3650
CANDIDATE = "other-period"


def show(_me: Me) -> None:
    """The page."""
    st.title("Retention", anchor=False)
    period = service.client().retention()
    style.facts({"Calls are kept for": _days(period.days)}, figures=True)
    st.write(
        "Numbers, recordings and transcripts of a call are erased when this time is over, keys first. "
        "An agent may have a shorter period of its own. Times, states and figures stay."
    )
    if not service.may("retention.change"):
        return
    st.header("Another period", anchor=False)
    with st.form("period", border=False):
        days = st.number_input("Days", min_value=1, max_value=LONGEST_DAYS, value=period.days, step=1, width=200)
        if st.form_submit_button("Show what it would do"):
            st.session_state[CANDIDATE] = int(days)
    candidate = st.session_state.get(CANDIDATE)
    if candidate is not None:
        _preview(candidate)


def _preview(days: int) -> None:
    try:
        preview = service.client().retention(days)
    except ServiceUnreachable:
        raise
    except UsageError as error:
        st.warning(str(error))
        return
    st.header(f"What {_days(days)} would do", anchor=False)
    style.facts(_effects(preview), figures=True)
    style.note(
        "A longer period extends no deadline: what was promised holds. It counts for calls from now on."
        if not preview.sooner
        else "What is erased can't be brought back."
    )
    with st.container(horizontal=True):
        if st.button(f"Keep calls for {_days(days)}", type="primary"):
            service.client().change_retention(days)
            st.session_state.pop(CANDIDATE)
            st.rerun()
        if st.button("Leave it as it is"):
            st.session_state.pop(CANDIDATE)
            st.rerun()


def _effects(preview: RetentionPeriod) -> dict[str, str]:
    return {
        "Erased at the next sweep": _calls(preview.gone),
        "Erased sooner than now": _calls(preview.sooner - preview.gone),
        "Keep their deadline": _calls(preview.kept),
    }


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _calls(number: int) -> str:
    return f"{number} call" if number == 1 else f"{number} calls"
