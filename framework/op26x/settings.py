"""Settings: by environment ``OP26X_…``, then by ``op26x.toml``, then defaults; each value knows where it came from.

The core's own settings are ``CoreSettings``. A plugin adds a section of its own with the hook
``op26x_settings``: field ``auth_token`` of plugin ``twilio`` is ``OP26X_TWILIO_AUTH_TOKEN`` or
``[twilio] auth_token``.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec
import platformdirs

from op26x.errors import SettingsError
from op26x.types import Secret

S = TypeVar("S", bound=msgspec.Struct)

ENV_PREFIX = "OP26X_"
CORE = ""
DEFAULT = "default"


Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class CoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the core.

    Attributes:
        data: Directory of the database and all that is stored.
        database: URL of a PostgreSQL database, ``postgresql://op26x:PASSWORD@db.example.com/op26x``; empty means files.
        database_owner: The same with the role that owns the tables, so that the service's own may not change them.
        key_file: The root key; empty means beside the data directory, ``DATA.key``.
        key_store: Provider of the root key, ``file`` or a plugin's.
        public_url: Address under which the telephony provider reaches the service, ``https://calls.example.com``.
        host: Address that the service listens on.
        port: Port of the service; 0 takes a free one.
        tls_certificate: PEM file of the certificate of service and dashboard, with those between it and its root.
        tls_key: PEM file of its key.
        trusted_proxies: Addresses or networks of proxies that end TLS before service and dashboard, with commas.
        dashboard_port: Port of the dashboard; 0 takes a free one.
        dashboard_hosts: Names under which browsers reach the dashboard besides ``localhost``, separated by commas.
        agents: Directory of agent documents (``*.yaml``); empty means the built-in rehearsal agent.
        agent: Name of the agent that answers; empty means the first one.
        organization: Name of the organization that commands are for, if there are several.
        llm: Overrides the LLM of every agent, ``openai`` or ``openai:gpt-5-mini``.
        blobs: Name of the store of blobs; ``local`` is a directory in the data directory.
        checkpoints: Directory for checkpoints of the audit logs, on another disk or machine; empty writes none.
        checkpoint_webhook: Address that checkpoints are sent to by POST, ``https://audit.example.com/log``.
        witnesses: Who co-signs these checkpoints: ``KEY URL`` for each, with commas; see ``op26x audit witness``.
        egress: Hosts that may be connected to besides those that plugins declare, with commas: what tools and webhooks
            need, ``crm.example.com, 10.0.0.7``.
        recording: ``off`` records nothing, whatever the agents say; empty leaves it to them.
        place: Where the people and machines behind the agents are, whose law counts as well: ``US-NY``, or several with
            commas; empty means where the phone line's number is.
        processed_in: Where companies may process what calls give them, ``EU`` or several with commas; empty means
            anywhere.
        redact: What is kept from the language model, tools, transcripts, live views and plugins: ``secrets`` (cards,
            accounts, passwords, codes, official numbers), ``everything`` personal, or nothing: ``off``.
        plugins: Modules to load as plugins besides the installed ones, separated by commas.
        idle_minutes: A session of the dashboard ends when nothing was done in it for so long.
        session_hours: A session of the dashboard ends after so long, whatever was done in it.
        usage_days: How long it is kept what people did in the dashboard.
        usage_address_days: How long it is kept from which address; after that, its network alone.
        oidc_issuer: OpenID provider by which people sign in, ``https://login.example.com``; empty means none.
        oidc_client_id: What this service is called there.
        oidc_client_secret: Its secret there.
        oidc_roles_claim: The claim of the ID token that says what somebody is.
        oidc_roles: What its words mean here, ``admins=admin, staff=viewer``; empty leaves roles to invitations.
        oidc_organization: Name of the organization that this is about; empty means the first one.
        requests_per_minute: How many requests to the API one key or person may make in a minute.
        log_level: debug, info, warning or error.
        drain_s: Seconds that a stopping service gives calls to end.
    """

    data: Path = Path(platformdirs.user_data_dir("op26x")) / "data"
    database: Secret = Secret("")
    database_owner: Secret = Secret("")
    key_file: str = ""
    key_store: str = "file"
    public_url: str = ""
    host: str = "127.0.0.1"
    port: Port = 8026
    tls_certificate: str = ""
    tls_key: str = ""
    trusted_proxies: str = ""
    dashboard_port: Port = 8501
    dashboard_hosts: str = ""
    agents: str = ""
    agent: str = ""
    organization: str = ""
    llm: str = ""
    blobs: str = "local"
    checkpoints: str = ""
    checkpoint_webhook: str = ""
    witnesses: str = ""
    egress: str = ""
    recording: Literal["", "off"] = ""
    place: str = ""
    processed_in: str = ""
    redact: Literal["secrets", "everything", "off"] = "secrets"
    plugins: str = ""
    idle_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 480
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 168
    usage_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    usage_address_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 7
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: Secret = Secret("")
    oidc_roles_claim: str = "roles"
    oidc_roles: str = ""
    oidc_organization: str = ""
    requests_per_minute: Annotated[int, msgspec.Meta(ge=60, le=1_000_000)] = 1200
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_s: float = 120.0

    @property
    def key_path(self) -> Path:
        """Where the root key lies: outside the data directory, so that a backup of one lacks the other."""
        if self.key_file:
            return Path(self.key_file)
        data = self.data.resolve()
        return data.with_name(data.name + ".key")

    @property
    def keys_path(self) -> Path:
        """The database of wrapped keys, outside the data directory for the same reason."""
        data = self.data.resolve()
        return data.with_name(data.name + ".keys") / "keys.db"

    @property
    def database_path(self) -> Path:
        """The embedded database."""
        return self.data / "op26x.db"

    @property
    def work_path(self) -> Path:
        """The progress of durable work: identifiers only."""
        return self.data / "work.db"

    @property
    def reserve_path(self) -> Path:
        """Room that is taken up for what must be noted when the disk is full."""
        return self.data / "reserve"

    @property
    def runtime_path(self) -> Path:
        """Where a running service leaves its address."""
        return self.data / "service.json"


@dataclass(frozen=True)
class Row:
    """One setting as ``op26x settings list`` prints it.

    Attributes:
        id: ``section.name``, or the name alone for the core's.
        value: The value; a secret is masked.
        origin: ``default``, ``op26x.toml``, the environment variable, or ``command line``.
        environment: The variable that sets it.
    """

    id: str
    value: str
    origin: str
    environment: str


class Settings:
    """All settings of a process, resolved once at start."""

    def __init__(self, sections: Mapping[str, msgspec.Struct], origins: Mapping[tuple[str, str], str]) -> None:
        self._sections = dict(sections)
        self._origins = dict(origins)
        self._by_type = {type(value): value for value in self._sections.values()}

    @property
    def core(self) -> CoreSettings:
        """The core's own."""
        return self.of(CoreSettings)

    def of(self, cls: type[S]) -> S:
        """A section by its type.

        Raises:
            SettingsError: No loaded plugin declares that section.
        """
        try:
            return self._by_type[cls]  # type: ignore[return-value]
        except KeyError:
            raise SettingsError(
                f"No plugin declares the settings {cls.__name__}.", "Return the class from op26x_settings."
            ) from None

    @property
    def secret_variables(self) -> frozenset[str]:
        """The environment variables of all settings that are secret, set or not."""
        return frozenset(
            _variable(section, name)
            for section, value in self._sections.items()
            for name in value.__struct_fields__
            if isinstance(getattr(value, name), Secret)
        )

    def rows(self) -> list[Row]:
        """Every setting with its value and where it came from, core first."""
        return [
            Row(
                id=f"{section}.{name}" if section else name,
                value=str(getattr(value, name)),
                origin=self._origins.get((section, name), DEFAULT),
                environment=_variable(section, name),
            )
            for section, value in self._sections.items()
            for name in value.__struct_fields__
        ]


def resolve(
    sections: Mapping[str, type[msgspec.Struct]],
    *,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Reads all sources and checks every name and value.

    Args:
        sections: Plugins' settings by section name; the core's are always there.
        environ: Environment variables; default is the process's.
        file: The TOML file; default is ``op26x.toml`` in the working directory, if there.
        overrides: Core settings given on the command line.

    Raises:
        SettingsError: A name is unknown or a value does not fit; the message names source and remedy.
    """
    environ = os.environ if environ is None else environ
    types: dict[str, type[msgspec.Struct]] = {CORE: CoreSettings, **sections}
    given = _from_file(file or Path("op26x.toml"), types)
    given |= _from_environment(environ, types)
    given |= {(CORE, k): (v, "command line") for k, v in (overrides or {}).items() if v is not None}
    values = {section: _build(cls, section, given) for section, cls in types.items()}
    return Settings(values, {key: origin for key, (_, origin) in given.items()})


def vendor_key(own: Secret, vendor: str, section: str, variable: str) -> Secret:
    """A vendor's API key: our setting, or else what the vendor's own environment variable holds.

    Args:
        own: The setting ``api_key``; may be empty.
        vendor: The company, for the message.
        section: The plugin's section.
        variable: The vendor's own, ``OPENAI_API_KEY``.

    Raises:
        SettingsError: Both are empty.
    """
    key = own or Secret(os.environ.get(variable, ""))
    if not key:
        raise SettingsError(
            f"There is no API key for {vendor}.",
            f"Set {_variable(section, 'api_key')} or {variable}, or [{section}] api_key in op26x.toml.",
        )
    return key


Given = dict[tuple[str, str], tuple[Any, str]]


def _variable(section: str, name: str) -> str:
    return ENV_PREFIX + (f"{section}_{name}" if section else name).upper().replace("-", "_")


def _from_file(path: Path, types: Mapping[str, type[msgspec.Struct]]) -> Given:
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not valid TOML: {error}.", "Mend that line.") from None
    given: Given = {}
    for key, value in document.items():
        section, entries = (key, value) if isinstance(value, dict) else (CORE, {key: value})
        fields = types[section].__struct_fields__ if section in types else ()
        known = [f"{s}.{f}" if s else f for s, cls in types.items() for f in cls.__struct_fields__]
        if section not in types and not entries:
            raise _unknown(section, path.name, known)
        for name, entry in entries.items():
            if name not in fields:
                raise _unknown(f"{section}.{name}" if section else name, path.name, known)
            given[section, name] = (entry, path.name)
    return given


def _from_environment(environ: Mapping[str, str], types: Mapping[str, type[msgspec.Struct]]) -> Given:
    known = {_variable(s, f): (s, f) for s, cls in types.items() for f in cls.__struct_fields__}
    given: Given = {}
    for variable, value in environ.items():
        if variable.startswith(ENV_PREFIX):
            if variable not in known:
                raise _unknown(variable, "the environment", list(known))
            given[known[variable]] = (value, variable)
    return given


def _unknown(name: str, source: str, known: list[str]) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "See all names with: op26x settings list."
    return SettingsError(f"There is no setting {name} (in {source}).", remedy)


def _build(cls: type[S], section: str, given: Given) -> S:
    values = {name: given[section, name][0] for name in cls.__struct_fields__ if (section, name) in given}
    for name, value in values.items():
        try:
            hint = next(f.type for f in msgspec.structs.fields(cls) if f.name == name)
            values[name] = msgspec.convert(_parted(value, hint), hint, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            origin = given[section, name][1]
            choices = [str(choice) for choice in get_args(hint) if choice and get_origin(hint) is Literal]
            given_as = "" if hint is Secret else f" {value!r}"
            remedy = f"Set {name} to one of: {', '.join(choices)}." if choices else f"Change {name}."
            raise SettingsError(f"{origin}{given_as}: {error}.", remedy) from None
    return cls(**values)


def _parted(value: Any, hint: Any) -> Any:
    """The environment and the command line write several values with commas between them."""
    several = isinstance(value, str) and get_origin(hint) in (list, tuple, set, frozenset)
    return [part.strip() for part in value.split(",") if part.strip()] if several else value


def _decode(cls: type[Any], value: Any) -> Any:
    if cls is Path:
        return Path(value)
    if cls is Secret:
        return Secret(str(value))
    raise TypeError(f"A setting cannot be of type {cls.__name__}.")
