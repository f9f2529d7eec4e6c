"""The directions of imports that docs/design.md names, read from the source, and what the bot never loads."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "generation", "evaluation", "migrations")
HEAVY = frozenset({"torch", "mlflow", "matplotlib", "transformers"})

# What each package may import of ours; its own modules always.
ARROWS = {
    "bot.playground": frozenset[str](),
    "bot": frozenset({"generation", "evaluation"}),
    "generation": frozenset[str](),
    "evaluation": frozenset[str](),
    "migrations": frozenset({"evaluation"}),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "." not in module_name(path).partition("versions.")[2]
}


def package_of(module: str) -> str:
    return next(package for package in ARROWS if module == package or module.startswith(f"{package}."))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imported(module: str, nodes: Iterator[ast.AST]) -> set[str]:
    """Absolute names of everything imported: `from a import b` gives a and a.b."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = MODULES[module].name == "__init__.py"
    parents = module.split(".")[: len(module.split(".")) - node.level + is_package]
    return ".".join([*parents, *([node.module] if node.module else [])])


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything outside functions and TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from at_import(child)


def reachable(start: str) -> dict[str, str]:
    """Every module that importing `start` loads, with the module of ours that asked for it first."""
    found = {start: start}
    waiting = [start]
    while waiting:
        module = waiting.pop()
        for name in imported(module, at_import(tree_of(module))):
            if name not in found:
                found[name] = module
                waiting.extend([name] if name in MODULES else [])
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    package = package_of(module)
    allowed = ARROWS[package]
    for name in imported(module, ast.walk(tree_of(module))):
        top = name.split(".")[0]
        if top in PACKAGES and package_of(name) != package:
            assert package_of(name) in allowed, f"{module} imports {name}, and {package} may not"
        assert top != "tests", f"{module} imports {name}"


@pytest.mark.parametrize("start", [module for module in MODULES if package_of(module) == "bot"])
def test_nothing_heavy_is_reachable_from_the_bot(start: str) -> None:
    for name, because in reachable(start).items():
        assert name.split(".")[0] not in HEAVY, f"{start} loads {name}, through {because}"


def test_the_walk_sees_what_it_should() -> None:
    assert len(MODULES) > 40
    assert "torch" in {name.split(".")[0] for name in reachable("generation.engine")}
