"""What the dashboard shows when there is nothing to show: no service, or one that refuses."""

from urllib.parse import urlencode

import streamlit as st

from op26x.cli import context
from op26x.errors import Forbidden, NotSignedIn, Op26xError, ServiceUnreachable
from op26x.settings import CoreSettings
from op26x_dashboard import service, style

AGAIN_S = 2.0


def show(error: ServiceUnreachable) -> None:
    """No service: says so and how to start one, and looks again every few seconds."""
    st.title("The service is not running", anchor=False)
    st.write("The dashboard shows what the service knows, and no service answers. Calls are not taken either.")
    st.write("Start it in a terminal:")
    style.command(f"op26x up{data_option()}")
    style.quiet(f"{error.message} This page looks again every {AGAIN_S:.0f} seconds and goes on by itself.")
    st.fragment(_look_again, run_every=AGAIN_S)()


def show_sign_in() -> None:
    """Nobody is signed in any more."""
    st.title("Sign in", anchor=False)
    st.write("Nobody is signed in here any more.")
    to = "/" + (f"?{urlencode(st.query_params.to_dict())}" if st.query_params else "")
    st.html(style.link(service.sign_in_address(service.host(), to), "Sign in"))


def show_forbidden(error: Forbidden) -> None:
    """Whoever looks may not."""
    st.title("You may not do this", anchor=False)
    st.write(f"{error.message} {error.remedy}")
    st.html(style.link(service.account_address(service.host()), "Your account"))


def show_second_factor() -> None:
    """The organization asks for one that whoever looks has not."""
    st.title("One thing before you go on", anchor=False)
    st.write("This organization asks for a one-time code when you sign in, and your account has none yet.")
    st.html(style.link(service.account_address(service.host()), "Set up an authenticator"))


def _look_again() -> None:
    if service.answers():
        st.rerun()


def show_problem(error: Op26xError) -> None:
    """The service answered with a refusal or a failure."""
    if isinstance(error, NotSignedIn):
        show_sign_in()
        return
    if isinstance(error, Forbidden):
        show_forbidden(error)
        return
    st.title("The service could not answer", anchor=False)
    st.write(error.message)
    if error.remedy:
        st.write(error.remedy)
    st.button("Try again", type="primary")


def data_option() -> str:
    """The option that names the data directory, if it is not where commands look anyway."""
    data = service.core().data.resolve()
    return context.data_option(None if data == CoreSettings().data.resolve() else data)
