"""The page "People": who belongs to the organization, and what they are; invitations."""

from collections.abc import Callable
from html import escape

import streamlit as st

from op26x.client import Me, PersonSummary
from op26x.client.types import RoleName
from op26x.errors import NotSignedIn, ServiceUnreachable, UsageError
from op26x_dashboard import service, style

CHANGE = "people.change"
ROLES: tuple[RoleName, ...] = ("viewer", "researcher", "privacy-officer", "agent-builder", "admin", "owner")
LINK, ASKED = "one-time-link", "asked-to-remove"


def show(me: Me) -> None:
    """The page."""
    st.title("People", anchor=False)
    people = service.client().people()
    rows = [
        (escape(one.name or one.email), escape(one.email), escape(one.role), "yes" if one.second_factor else "no")
        for one in people
    ]
    style.table("People", ("Name", "Address", "Role", "One-time code"), rows, wide=("Address",))
    if CHANGE in me.actions:
        _change(me, people)
        _invite()
    _waiting(may_end=CHANGE in me.actions)


def _change(me: Me, people: list[PersonSummary]) -> None:
    others = {one.id: one for one in people if one.id != me.id}
    if not others:
        return
    st.header("Change or remove somebody", anchor=False)
    chosen = st.selectbox("Who", list(others), format_func=lambda user_id: others[user_id].email)
    person = others[chosen]
    role = st.selectbox("Role", ROLES, index=ROLES.index(person.role), key=f"role-{chosen}")
    with st.container(horizontal=True):
        if st.button("Change the role", type="primary", disabled=role == person.role) and _done(
            lambda: service.client().change_role(chosen, role)
        ):
            st.rerun()
        if st.button("Remove from the organization"):
            st.session_state[ASKED] = chosen
        if st.button("Make a link to choose another password"):
            _done(lambda: _keep(service.client().password_link(chosen).url))
        sign_out = st.button("Sign out everywhere")
    if sign_out and _done(lambda: service.client().sign_out(chosen)):
        style.note(f"{person.email} is signed out everywhere, and may sign in again.")
    if st.session_state.get(ASKED) == chosen:
        style.note(f"{person.email} may see nothing here any more, from their next click on.")
        with st.container(horizontal=True):
            if st.button("Remove for good", type="primary") and _done(lambda: service.client().remove_person(chosen)):
                st.session_state.pop(ASKED)
                st.rerun()
            if st.button("Keep them"):
                st.session_state.pop(ASKED)
                st.rerun()
    _show_link("They open it within an hour. It works once.", "new-password")


def _invite() -> None:
    st.header("Invite somebody", anchor=False)
    with st.form("invitation", border=False):
        email = st.text_input("E-mail address")
        role = st.selectbox("Role", ROLES, key="invited-role")
        if st.form_submit_button("Make an invitation link"):
            _done(lambda: _keep(service.client().invite(email, role).url))
    _show_link("Send it to them. It works once, within seven days, for this address only.", "welcome")


def _waiting(*, may_end: bool) -> None:
    waiting = service.client().invitations()
    if not waiting:
        return
    st.header("Invitations that wait", anchor=False)
    for invitation in waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{invitation.role}, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC")
            if may_end and st.button("Take back", key=invitation.id):
                service.client().take_back(invitation.id)
                st.rerun()


def _keep(url: str) -> None:
    st.session_state[LINK] = url


def _show_link(told: str, page: str) -> None:
    link = st.session_state.get(LINK, "")
    if f"/{page}/" in link:
        style.command(link)
        style.note(f"{told} It is shown here and nowhere else.")


def _done(act: Callable[[], object]) -> bool:
    """Whether something could be done; if not, the page says why."""
    st.session_state.pop(LINK, None)
    try:
        act()
    except (ServiceUnreachable, NotSignedIn):
        raise
    except UsageError as error:
        st.warning(str(error))
        return False
    return True
