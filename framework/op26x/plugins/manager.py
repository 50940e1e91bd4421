"""Discovery, refusal of what does not fit, and calling of hooks."""

import difflib
import importlib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import msgspec
import pluggy
from pluggy import PluginValidationError

from op26x import hookspecs, logs
from op26x.errors import HookFailed, PluginError
from op26x.plugins.fits import Fits
from op26x.settings import Settings, resolve
from op26x.types import Processor

GROUP = "op26x"
HOOK_PREFIX = "op26x_"
LONGEST_S = 10.0
"""How long an asynchronous hook may take; a call does not wait for ever for somebody else's server."""
UNKNOWN_HOOK = re.compile(r"unknown hook '(\w+)'")

log = logs.get("plugins")

Notify = Callable[..., Awaitable[None]]
Tell = Callable[..., Awaitable[bool]]
Decide = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Summary:
    """One plugin as ``op26x plugins list`` lists it.

    Attributes:
        id: The plugin's name.
        module: The module that implements it.
        hooks: The hooks it implements, in alphabetical order.
        processors: The companies it declares to give personal data to.
    """

    id: str
    module: str
    hooks: tuple[str, ...]
    processors: tuple[Processor, ...]


class Plugins:
    """The registered plugins. Hooks are called through it, never through pluggy directly."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._settings: Settings | None = None
        for module in hookspecs.MODULES:
            self._manager.add_hookspecs(module)

    def register(self, plugin: object, name: str) -> None:
        """Adds a plugin: a module or any object with ``@hookimpl`` functions.

        Raises:
            PluginError: It implements a hook that does not exist, takes a parameter that the hook does not have,
                forgot the marker, wraps a hook, or its name is taken.
        """
        self._refuse_unmarked(plugin, name)
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except PluginValidationError as error:
            if self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            what = _one_line(error).partition(" in plugin <")[0]
            raise PluginError(f"Plugin {name}: {what}.", self._remedy(str(error))) from None
        except ValueError:
            raise PluginError(
                f"Two plugins are called {name}.", "Remove one, or give its entry point another name."
            ) from None
        for caller in self._manager.get_hookcallers(plugin) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin and (impl.hookwrapper or impl.wrapper):
                    raise PluginError(
                        f"Plugin {name} wraps {caller.name}, which op26x does not support.",
                        "Implement the hook plainly; its order is set with tryfirst or trylast.",
                    )

    @property
    def settings(self) -> Settings:
        """All settings, which every hook may ask for: what ``use`` was told, or what environment and file say."""
        if self._settings is None:
            self._settings = resolve(self.sections())
        return self._settings

    def use(self, settings: Settings) -> None:
        """Hands these settings to hooks from now on."""
        self._settings = settings

    def collect(
        self, hook: str, broken: dict[str, PluginError] | None = None, /, **arguments: Any
    ) -> list[tuple[str, Any]]:
        """Calls a declaration of every plugin, in order of registration.

        Args:
            hook: Its name.
            broken: Takes the errors of plugins that raise, by plugin; without it, the first one is raised.
            arguments: What the hook is handed.

        Returns:
            Pairs of plugin name and result, without those that returned ``None``.

        Raises:
            PluginError: A declaration raised.
        """
        results = []
        for impl in self._implementations(hook)[::-1]:
            try:
                result = _declared(impl, hook, arguments)
            except PluginError as error:
                if broken is None:
                    raise
                broken[impl.plugin_name] = error
                continue
            if result is not None:
                results.append((impl.plugin_name, result))
        return results

    def sections(self) -> dict[str, type[msgspec.Struct]]:
        """The settings that plugins declare, by plugin.

        Raises:
            PluginError: A declaration raised, or is no Struct whose fields all have defaults.
        """
        sections = dict(self.collect("op26x_settings"))
        for name, section in sections.items():
            if not (inspect.isclass(section) and issubclass(section, msgspec.Struct)):
                raise unfit(name, "op26x_settings", section, "Return a msgspec Struct: the class, not an instance.")
            if missing := [field.name for field in msgspec.structs.fields(section) if field.required]:
                raise PluginError(
                    f"Plugin {name}, hook op26x_settings: {section.__name__}.{missing[0]} has no default.",
                    f'Give it one, as in {missing[0]}: Secret = Secret("").',
                )
        return sections

    def notifier(self, hook: str, **bound: Any) -> Notify:
        """A plain async callable that tells every implementation and isolates each one's exceptions.

        Args:
            hook: Its name.
            bound: What the hook is handed each time.
        """
        tell = self.teller(hook, **bound)

        async def notify(**given: Any) -> None:
            await tell(**given)

        return notify

    def teller(self, hook: str, **bound: Any) -> Tell:
        """Like ``notifier``; it says whether every implementation could be told, for whoever tries again."""
        implementations = self._implementations(hook)

        async def tell(**given: Any) -> bool:
            arguments, told = {**bound, **given}, True
            for impl in implementations:
                try:
                    await self._result(impl, arguments)
                except Exception as error:
                    told = False
                    log.error("hook failed", plugin=impl.plugin_name, hook=hook, exc_info=error)
            return told

        return tell

    def decider(self, hook: str, fits: Fits | None = None) -> Decide:
        """A plain async callable that returns the first answer that is not ``None``.

        It raises ``HookFailed`` if an implementation raised, or returned what does not fit, before an answer was found:
        whoever asks, denies.

        Args:
            hook: Its name.
            fits: Says what is wrong with an answer.
        """
        return self._decider(hook, self._implementations(hook), fits)

    def _decider(self, hook: str, implementations: list[pluggy.HookImpl], fits: Fits | None) -> Decide:
        async def decide(**arguments: Any) -> Any:
            for impl in implementations:
                try:
                    result = await self._result(impl, arguments)
                except Exception as error:
                    log.error("deciding hook failed", plugin=impl.plugin_name, hook=hook, exc_info=error)
                    raise HookFailed(
                        f"Plugin {impl.plugin_name} failed in {hook}.", "See the log; the answer is taken as no."
                    ) from error
                if result is None:
                    continue
                if fits is not None and (wrong := fits(result, arguments)):
                    log.error("a deciding hook's answer does not fit", plugin=impl.plugin_name, hook=hook, why=wrong)
                    raise HookFailed(
                        f"Plugin {impl.plugin_name}, hook {hook}: {wrong}.",
                        "See the hook reference.",
                    )
                return result
            return None

        return decide

    def gatherer(self, hook: str, fits: Fits | None = None) -> Decide:
        """A plain async callable that returns all answers that are not ``None``, as pairs of plugin and answer.

        It raises ``HookFailed`` if an implementation raised, or returned what does not fit; arguments as of
        ``decider``.
        """
        deciders = [(impl.plugin_name, self._decider(hook, [impl], fits)) for impl in self._implementations(hook)]

        async def gather(**arguments: Any) -> list[tuple[str, Any]]:
            answers = [(name, await decide(**arguments)) for name, decide in deciders]
            return [(name, answer) for name, answer in answers if answer is not None]

        return gather

    def summaries(self, settings: Settings | None = None) -> list[Summary]:
        """Every plugin with what it provides and declares.

        Args:
            settings: What declarations may depend on; default is what environment and file say.

        Raises:
            PluginError: A declaration raised, or is not what its hook wants.
        """
        declared = self.processors(settings)
        rows = []
        for name, plugin in self._manager.list_name_plugin():
            callers = self._manager.get_hookcallers(plugin) or []
            hooks = tuple(sorted(caller.name for caller in callers))
            module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
            rows.append(Summary(name, module, hooks, declared.get(name, ())))
        return rows

    def processors(self, settings: Settings | None = None) -> dict[str, tuple[Processor, ...]]:
        """Who each plugin gives data to; arguments and errors as of ``summaries``."""
        declared: dict[str, tuple[Processor, ...]] = {}
        for name, processors in self.collect("op26x_processors", settings=settings or self.settings):
            if not (isinstance(processors, list) and all(isinstance(one, Processor) for one in processors)):
                raise unfit(name, "op26x_processors", processors, "Return a list of op26x.Processor.")
            declared[name] = (*declared.get(name, ()), *processors)
        return declared

    async def _result(self, impl: pluggy.HookImpl, arguments: dict[str, Any]) -> Any:
        given = {"settings": self.settings, **arguments} if "settings" in impl.argnames else arguments
        result = impl.function(*(given[a] for a in impl.argnames))
        if not inspect.isawaitable(result):
            return result

        import asyncio

        async with asyncio.timeout(LONGEST_S):
            return await result

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return list(reversed(caller.get_hookimpls()))

    def _refuse_unmarked(self, plugin: object, name: str) -> None:
        module = plugin.__name__ if isinstance(plugin, ModuleType) else None
        for attribute, value in vars(plugin if module else type(plugin)).items():
            own = inspect.isfunction(value) and module in (None, value.__module__)
            if own and attribute.startswith(HOOK_PREFIX) and not hasattr(value, f"{hookspecs.PROJECT}_impl"):
                raise PluginError(
                    f"Plugin {name}: {attribute} is not marked as an implementation.", "Put @hookimpl above it."
                )

    def _remedy(self, message: str) -> str:
        hooks = vars(self._manager.hook)
        known = [hook for hook, caller in hooks.items() if hook.startswith(HOOK_PREFIX) and caller.spec]
        if unknown := UNKNOWN_HOOK.search(message):
            near = difflib.get_close_matches(unknown[1], known, 1)
            return f"Did you mean {near[0]}?" if near else f"The hooks are: {', '.join(sorted(known))}."
        named = next((hook for hook in known if repr(hook) in message), None)
        caller = getattr(self._manager.hook, named) if named else None
        if caller is None or caller.spec is None:
            return "Compare it with the hook reference in the documentation."
        return f"{named} may take: {', '.join(caller.spec.argnames) or 'nothing'}."


def _declared(impl: pluggy.HookImpl, hook: str, arguments: dict[str, Any]) -> Any:
    try:
        result = impl.function(*(arguments[a] for a in impl.argnames))
    except Exception as error:
        raise PluginError(
            f"Plugin {impl.plugin_name}, hook {hook}: {type(error).__name__}: {error}.",
            "Fix the plugin, or uninstall it.",
        ) from error
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise PluginError(
            f"Plugin {impl.plugin_name}, hook {hook}: a declaration can't be asynchronous.",
            "Write def instead of async def.",
        )
    return result


def unfit(plugin: str, hook: str, result: object, remedy: str) -> PluginError:
    """The error of a declaration that is not what its hook wants."""
    return PluginError(f"Plugin {plugin}, hook {hook}: it returned {result!r:.80}.", remedy)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def load(
    modules: Iterable[str] = (),
    core: Iterable[tuple[str, object]] = (),
    broken: dict[str, PluginError] | None = None,
) -> Plugins:
    """Loads the core's own plugins, then all installed ones, then those of the setting ``plugins``.

    Args:
        modules: Names of modules that are not installed as plugins.
        core: Name and object of each of the core's own.
        broken: Takes the errors of plugins that can't be loaded, by name; without it, the first one is raised.

    Raises:
        PluginError: One of them can't be imported or does not fit.
    """
    plugins = Plugins()
    for name, plugin in core:
        plugins.register(plugin, name)
    found = [(point.name, point.load) for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)]
    found += [(module, partial(importlib.import_module, module)) for module in modules]
    for name, importer in found:
        try:
            plugins.register(_imported(name, importer), name.rpartition(".")[2])
        except PluginError as error:
            if broken is None:
                raise
            broken[name] = error
    return plugins


def _imported(name: str, importer: Callable[[], Any]) -> Any:
    try:
        return importer()
    except Exception as error:
        raise PluginError(
            f"Plugin {name} can't be imported: {type(error).__name__}: {error}.",
            "Install what it needs; a module of your own must lie in a directory of PYTHONPATH.",
        ) from error
