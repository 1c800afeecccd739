"""Plugins from outside of a runner, with any version of the client; it must never sleep. Argument: the module."""

import importlib
import sys
import time


def slept(*_: object) -> None:
    raise AssertionError("the client slept")


time.sleep = slept
module = sys.argv[1]
wrapper = importlib.import_module(f"{module}.wrapper")
plugins = wrapper.API().plugins


def failure(capability: str, kind: type[Exception], **given: float) -> str:
    """Return what is said about a capability that cannot be run so."""
    try:
        plugin.invoke(capability, **given)
    except kind as raised:
        return str(raised)
    raise AssertionError(capability)


(listed,) = plugins.get_list("test_interface")
assert listed.id == "allegro_sandbox", listed
assert [type(one) for one in listed.connection_ids] == [int, int], listed
assert plugins.get_list("nowhere") == []
if not hasattr(wrapper, "RuntimePlugin"):
    page = plugins.get_plugins("test_interface")
    assert page.count == 1, page
    (plugin,) = page.results
    assert plugin.plugin_interface.namespace == "test_interface", plugin
    assert plugin.integration.integration_id == "allegro_sandbox", plugin
    assert plugin.implemented_capabilities == ["foo", "given"], plugin
    assert "def foo" in plugin.code, plugin
else:
    assert plugins.get_plugins(interface="test_interface", capability="missing") == []
    (plugin,) = plugins.get_plugins(interface="test_interface", integration="allegro_sandbox")
    assert (plugin.is_official, plugin.implements("foo")) == (False, True), plugin
    assert plugin.invoke("foo", connection_ids=listed.connection_ids) == ["Bearer k-1", "Bearer k-2"]
    assert plugin.invoke("given", connection_ids=[], word="Å…") == {"word": "Å…", "shared": 7}
    assert plugin.invoke("missing") is None
    assert "TypeError" in failure("given", wrapper.PluginRuntimeError)
    assert "unknown_capability" in failure("nonsense", wrapper.PluginRuntimeError)
    assert "504" in failure("foo", wrapper.PluginTimeoutError, timeout_seconds=0.01)
sys.stdout.write("fine\n")
