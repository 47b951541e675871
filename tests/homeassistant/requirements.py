"""What the parts of Home Assistant need that it always sets up, one requirement a line.

Usage: python requirements.py [DOMAIN...], in the environment of Home Assistant
"""

import ast
import importlib.util
import json
import pathlib
import sys

home = pathlib.Path(importlib.util.find_spec("homeassistant").origin).parent


def set_of(name):
    """The texts of a set in bootstrap.py; nothing of it is run."""
    for node in ast.parse((home / "bootstrap.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            texts = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
            return {text for text in texts if isinstance(text, str)}
    return set()


def manifests(domains):
    """Theirs, and those of what they depend on."""
    found = {}
    waiting = sorted(domains)
    while waiting:
        domain = waiting.pop()
        file = home / "components" / domain / "manifest.json"
        if domain not in found and file.exists():
            found[domain] = json.loads(file.read_text())
            waiting += found[domain].get("dependencies", [])
    return found


wanted = set_of("DEFAULT_INTEGRATIONS") | set_of("CORE_INTEGRATIONS") | set(sys.argv[1:])
for domain, manifest in sorted(manifests(wanted).items()):
    for requirement in manifest.get("requirements", []):
        print(requirement, "#", domain)
