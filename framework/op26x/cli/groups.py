"""The core's groups of commands, by name alone: a command's module is loaded when it is asked for.

A command is ``op26x NOUN VERB``: one group for each noun, and the same verbs in all of them. The programs
(``up``, ``demo``, ``dashboard``) and ``redact``, which is about recordings and transcripts alike, have no noun.
"""

from collections.abc import Callable
from importlib import import_module

import cyclopts

GROUPS = {
    "calls": "Calls: list, show, place, chat, prove, and what plugins add.",
    "proofs": "Proofs of calls: verify.",
    "scheduled-calls": "Calls that wait until they may be placed: list, show, cancel.",
    "recordings": "Recordings: list, show, export, delete, reconcile.",
    "transcripts": "What was said in recorded calls: show.",
    "retention": "How long everything is kept: show, set, sweep.",
    "audit": "Who did what, and proofs that nothing was changed: show, verify, prove, checkpoint, export, witness.",
    "datamap": "What is held of people, for what, and for how long: show, diff, drop.",
    "database": "Where the databases are, and the way to PostgreSQL: status, migrate.",
    "agents": "Agents and their versions: list, show, check, import, export, publish, withdraw.",
    "organizations": "Organizations: list, show, create, set, close.",
    "announcements": "What callers are told about recording and their rights: list, set, delete.",
    "consents": "What people agreed to, refused and took back: list, import, export.",
    "suppressions": "Who is not to be called: list, add, import, remove.",
    "registries": "Do-not-call registries: list, import.",
    "policy-rows": "What the organization adds to the law for its calls: list, add, remove.",
    "overrides": "Rows of the law that the organization has lifted: list, add, remove.",
    "policy": "What calls are held under and why: show, explain, diff, simulate, table, rows, stale, verify, text.",
    "users": "People who sign in: list, invite, set, reset, sign-out, remove, erase.",
    "phone-lines": "Telephone numbers of an organization: list, add, set, delete.",
    "processors": "Who is given personal data, and whose terms are accepted: list, show, accept, withdraw, firewall.",
    "disclosures": "What companies were given in calls: show, list, totals.",
    "plugins": "Plugins, what they provide and whom they give data to: list.",
    "settings": "Settings and where they come from: list.",
    "api-keys": "API keys: list, create, delete.",
}
COMMANDS = {
    "calls list": "calls:list_calls",
    "calls show": "calls:show_call",
    "calls place": "calls:place_call",
    "calls chat": "chat:chat",
    "calls prove": "proofs:prove_call",
    "proofs verify": "proofs:verify_proof",
    "scheduled-calls list": "scheduled_calls:list_scheduled_calls",
    "scheduled-calls show": "scheduled_calls:show_scheduled_call",
    "scheduled-calls cancel": "scheduled_calls:cancel_scheduled_call",
    "recordings list": "recordings:list_recordings",
    "recordings show": "recordings:show_recording",
    "recordings export": "recordings:export_recording",
    "recordings delete": "recordings:delete_recording",
    "recordings reconcile": "recordings:reconcile",
    "transcripts show": "recordings:show_transcript",
    "retention show": "retention:show_period",
    "retention set": "retention:set_period",
    "retention sweep": "retention:sweep",
    "audit show": "audit:show_entries",
    "audit verify": "audit:verify_log",
    "audit prove": "audit:prove_entry",
    "audit checkpoint": "audit:sign_checkpoint",
    "audit export": "audit:export_log",
    "datamap show": "datamap:show_data_map",
    "datamap drop": "datamap:drop_table",
    "datamap diff": "datamap:compare_data_maps",
    "database status": "database:show_status",
    "database migrate": "database:migrate",
    "agents list": "agents:list_agents",
    "agents show": "agents:show_agent",
    "agents check": "agents:check_agent",
    "agents versions": "agents:list_versions",
    "agents import": "agents:import_agent",
    "agents export": "agents:export_agent",
    "agents publish": "agents:publish_agent",
    "agents withdraw": "agents:withdraw_agent",
    "organizations list": "organizations:list_organizations",
    "organizations show": "organizations:show_organization",
    "organizations create": "organizations:create_organization",
    "organizations set": "organizations:set_organization",
    "organizations close": "organizations:close_organization",
    "announcements list": "announcements:list_announcements",
    "announcements set": "announcements:set_announcement",
    "announcements delete": "announcements:delete_announcement",
    "consents list": "consents:list_consents",
    "consents import": "consents:import_consents",
    "consents export": "consents:export_consents",
    "suppressions list": "suppressions:list_suppressions",
    "suppressions add": "suppressions:add_suppression",
    "suppressions import": "suppressions:import_suppressions",
    "suppressions remove": "suppressions:remove_suppression",
    "registries list": "registries:list_registries",
    "registries import": "registries:import_registry",
    "policy-rows list": "policy_rows:list_rows",
    "policy-rows add": "policy_rows:add_rows",
    "policy-rows remove": "policy_rows:remove_row",
    "overrides list": "policy_rows:list_overrides",
    "overrides add": "policy_rows:add_override",
    "overrides remove": "policy_rows:remove_override",
    "policy explain": "policy:explain_policy",
    "policy show": "policy:show_policy",
    "policy diff": "policy:compare_policies",
    "policy simulate": "policy:simulate_campaign",
    "policy table": "policy:show_table",
    "policy rows": "policy:list_rows",
    "policy stale": "policy:list_stale_rows",
    "policy verify": "verify:verify_policy",
    "policy text": "verify:print_policy_text",
    "users list": "users:list_users",
    "users invite": "users:invite_user",
    "users set": "users:set_user",
    "users reset": "users:reset_user",
    "users sign-out": "users:sign_out_user",
    "users remove": "users:remove_user",
    "users erase": "users:erase_user",
    "phone-lines list": "phone_lines:list_lines",
    "phone-lines add": "phone_lines:add_line",
    "phone-lines set": "phone_lines:set_line",
    "phone-lines delete": "phone_lines:delete_line",
    "processors list": "processors:list_processors",
    "processors show": "processors:show_processor",
    "processors accept": "processors:accept_processor",
    "processors withdraw": "processors:withdraw_processor",
    "processors firewall": "processors:print_firewall",
    "disclosures show": "disclosures:show_disclosures",
    "disclosures list": "disclosures:list_disclosures",
    "disclosures totals": "disclosures:total_disclosures",
    "plugins list": "installation:list_plugins",
    "settings list": "installation:list_settings",
    "api-keys list": "api_keys:list_keys",
    "api-keys create": "api_keys:create_key",
    "api-keys delete": "api_keys:delete_key",
}


WITHOUT_NOUN = {
    "redact": (
        "redact:redact",
        "Masks what may not be kept any more of recordings and transcripts, for good. Exit code 1 if one failed.",
    )
}


def add(app: cyclopts.App, told: str = "") -> None:
    """Adds the groups and their commands, each loaded when it is called.

    Args:
        app: The command line.
        told: The group whose help is asked for, which says what each command does: those are loaded now.
    """
    for name, about in GROUPS.items():
        app.command(cyclopts.App(name=name, help=about))
    for words, function in COMMANDS.items():
        group, _, name = words.partition(" ")
        app[group].command(_loaded(function) if group == told else f"op26x.cli.{function}", name=name)
    for name, (function, about) in WITHOUT_NOUN.items():
        app.command(f"op26x.cli.{function}", name=name, help=about)


def _loaded(function: str) -> Callable[..., object]:
    module, _, name = function.partition(":")
    found: Callable[..., object] = getattr(import_module(f"op26x.cli.{module}"), name)
    return found
