"""What Streamlit runs: chooses the page by the address, for whoever is signed in.

``?call=ID`` is one call, ``?page=NAME`` a page of the list below, anything else the list of calls.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import streamlit as st

from op26x.client import Me
from op26x.errors import Forbidden, Op26xError, ServiceUnreachable
from op26x_dashboard import absent, call_page, calls_page, people_page, retention_page, service, style


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        title: In the masthead.
        action: What whoever looks at it must be allowed, as in the permission table.
        show: Draws it for somebody.
    """

    title: str
    action: str
    show: Callable[[Me], None]


PAGES = {
    "calls": Page("Calls", "calls.read", calls_page.show),
    "retention": Page("Retention", "retention.read", retention_page.show),
    "people": Page("People", "people.read", people_page.show),
}
CALL = Page("Call", "calls.read", call_page.show)


def main() -> None:
    """One run of the script: a page, or why there is none."""
    st.set_page_config(page_title="op26x", layout="wide", initial_sidebar_state="collapsed")
    style.apply()
    try:
        me = service.me()
        less = service.remember(me)
        _masthead(me)
        if less:
            st.warning("Your role was changed: you may not do all that this page offered.")
        if me.lacks_second_factor:
            absent.show_second_factor()
            return
        page = CALL if st.query_params.get("call") else PAGES.get(st.query_params.get("page", ""), PAGES["calls"])
        if page.action not in me.actions:
            raise Forbidden(f"You may not see this page: it needs the permission {page.action}.", "Ask an owner.")
        page.show(me)
    except ServiceUnreachable as error:
        absent.show(error)
    except msgspec.DecodeError:
        absent.show(ServiceUnreachable("Something answers at the service's address that is not op26x."))
    except Op26xError as error:
        absent.show_problem(error)


def _masthead(me: Me) -> None:
    ways = {page.title: f"?page={name}" for name, page in PAGES.items() if page.action in me.actions}
    style.masthead(ways, me.email, service.account_address(service.host()))
    if len(me.organizations) > 1:
        _choose_organization(me)


def _choose_organization(me: Me) -> None:
    names = {one.id: one.name for one in me.organizations}
    chosen = st.selectbox(
        "Organization", list(names), index=list(names).index(me.organization_id), format_func=names.__getitem__
    )
    if chosen != me.organization_id:
        service.client().choose_organization(chosen)
        st.query_params.clear()
        st.rerun()


main()
