"""What Streamlit runs: chooses the page by the address.

``?call=ID`` is one call, ``?page=retention`` the retention period, anything else the list of calls.
"""

import msgspec
import streamlit as st

from op26x.errors import Op26xError, ServiceUnreachable
from op26x_dashboard import absent, call_page, calls_page, retention_page, style


def main() -> None:
    """One run of the script: a page, or why there is none."""
    st.set_page_config(page_title="op26x", layout="wide", initial_sidebar_state="collapsed")
    style.apply()
    style.masthead({"Calls": "?", "Retention": "?page=retention"})
    call_id = st.query_params.get("call", "")
    try:
        if call_id:
            call_page.show(call_id)
        elif st.query_params.get("page") == "retention":
            retention_page.show()
        else:
            calls_page.show()
    except ServiceUnreachable as error:
        absent.show(error)
    except msgspec.DecodeError:
        absent.show(ServiceUnreachable("Something answers at the service's address that is not op26x."))
    except Op26xError as error:
        absent.show_problem(error)


main()
