"""Checks of a chapter's parameters, in the cell after the parameters cell.

papermill injects whatever it is given; this turns a misspelt name or a bad value into an error
before anything is computed::

    from inverse_rg.parameters import check, integer, power_of_two

    check(globals(), n_configurations=integer(minimum=64), size=power_of_two(8, 512))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from inverse_rg import _check

Spec = Callable[[str, object], None]
"""Takes a parameter's name and value; raises if the value is not allowed."""

_IPYTHON = frozenset({"In", "Out", "exit", "get_ipython", "open", "quit"})


def check(namespace: Mapping[str, object], **specs: Spec) -> None:
    """Check every parameter of a chapter, and that nothing else was set.

    Parameters
    ----------
    namespace : mapping of str to object
        The chapter's ``globals()``. Modules, classes and functions, names that begin with an
        underscore and IPython's own names are no parameters and are passed over.
    **specs : Spec
        What each parameter may be, by name.

    Raises
    ------
    ValueError
        If the namespace holds an unknown parameter or lacks a known one, or if a value is out
        of range; the message names the parameter, what came and what is allowed.
    TypeError
        If a value has the wrong type.
    """
    known = ", ".join(specs)
    for name, value in namespace.items():
        if name not in specs and _may_be_parameter(name, value):
            raise ValueError(f"unknown parameter {name!r}; this chapter has: {known}")
    for name in specs:
        if name not in namespace:
            raise ValueError(f"parameter {name!r} is not set; this chapter has: {known}")
    for name, spec in specs.items():
        spec(name, namespace[name])


def _may_be_parameter(name: str, value: object) -> bool:
    if name.startswith("_") or name in _IPYTHON:
        return False
    return not (isinstance(value, ModuleType) or callable(value))


def integer(minimum: int | None = None, maximum: int | None = None) -> Spec:
    """Allow integers from `minimum` to `maximum`, both included; a bool or 1e5 is not one."""

    def spec(name: str, value: object) -> None:
        _check.integer(name, value, minimum=minimum, maximum=maximum)

    return spec


def real(minimum: float | None = None, maximum: float | None = None) -> Spec:
    """Allow finite numbers from `minimum` to `maximum`, both included."""

    def spec(name: str, value: object) -> None:
        _check.real(name, value, minimum=minimum, maximum=maximum)

    return spec


def power_of_two(minimum: int = 1, maximum: int | None = None) -> Spec:
    """Allow the powers of two from `minimum` to `maximum`, both included: sides of lattices."""

    def spec(name: str, value: object) -> None:
        number = _check.integer(name, value, minimum=minimum, maximum=maximum)
        if number < 1 or number & (number - 1):
            raise ValueError(f"{name} must be a power of two, got {number}")

    return spec


def choice(*allowed: object) -> Spec:
    """Allow the listed values."""

    def spec(name: str, value: object) -> None:
        # Not `in` alone: 1 == True and 1 == 1.0 are not the value that was listed.
        if not any(type(value) is type(one) and value == one for one in allowed):
            listed = ", ".join(map(repr, allowed))
            raise ValueError(f"{name} must be one of {listed}, got {value!r}")

    return spec


def boolean() -> Spec:
    """Allow True and False."""

    def spec(name: str, value: object) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {value!r} ({_type(value)})")

    return spec


def text() -> Spec:
    """Allow strings that are not blank."""

    def spec(name: str, value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, got {value!r} ({_type(value)})")
        if not value.strip():
            raise ValueError(f"{name} must not be blank, got {value!r}")

    return spec


def list_of(spec: Spec, minimum_length: int = 1) -> Spec:
    """Allow lists of at least `minimum_length` entries, each allowed by `spec`."""

    def spec_of_list(name: str, value: object) -> None:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{name} must be a list, got {value!r} ({_type(value)})")
        if len(value) < minimum_length:
            raise ValueError(
                f"{name} must have at least {minimum_length} entries, got {len(value)}: {value!r}"
            )
        for index, entry in enumerate(value):
            spec(f"{name}[{index}]", entry)

    return spec_of_list


def _type(value: object) -> str:
    return type(value).__name__
