"""What the schemas cannot see in the files for one host and for a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import nginx
from runtime.paths import ROOT

COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OBJECTS: list[dict[str, Any]] = [
    document
    for file in sorted((ROOT / "deploy" / "kubernetes").glob("*.yml"))
    for document in yaml.safe_load_all(file.read_text())
]
RASA = {name: service for name, service in SERVICES.items() if name.startswith("rasa-")}
USER = re.search(r"^USER (\d+):\d+$", (ROOT / "deploy" / "Containerfile").read_text(), re.M)[1]


def named(kind: str) -> dict[str, Any]:
    """Returns the specs of all objects of a kind by name."""
    return {document["metadata"]["name"]: document["spec"] for document in OBJECTS if document["kind"] == kind}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Returns what runs in the cluster."""
    for kind in ("StatefulSet", "Deployment"):
        for name, spec in named(kind).items():
            yield name, spec["template"]["spec"]


def containers() -> Iterator[Any]:
    for name, pod in pods():
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield pytest.param(container, id=f"{name} {container['name']}")


def arguments(command: list[str], folder: Path) -> list[str]:
    """Returns the arguments of `python -m deploy.nginx`, with `folder` in the place of the container's."""
    assert command[:4] == ["python", "-m", "deploy.nginx", "/nginx"]
    return [str(folder), *command[4:]]


@pytest.mark.parametrize("name", SERVICES)
def test_on_one_host_nothing_has_rights_or_writes_elsewhere(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] in (f"{USER}:{USER}", "postgres")
    assert bool(service.get("ports")) == (name == "proxy"), "only nginx is reached from outside"
    assert {"public"}.isdisjoint(service.get("networks", [])) or name == "proxy"
    assert "database" not in service.get("networks", []) or name in ("database", *RASA)


def test_on_one_host_nginx_knows_every_process(tmp_path: Path) -> None:
    addresses = [f"{service['networks']['inside']['ipv4_address']}:5005" for service in RASA.values()]
    assert len(set(addresses)) == len(RASA) > 1
    nginx.main(arguments(SERVICES["files"]["command"], tmp_path))
    written = (tmp_path / "nginx.conf").read_text()
    assert re.findall(r"^ *server (\S+:5005) ", written, re.M) == addresses
    assert "listen 0.0.0.0:8443 ssl" in written


def test_on_one_host_a_process_gets_every_setting_of_the_channels() -> None:
    files = [yaml.safe_load((ROOT / name).read_text()) for name in ("credentials.yml", "endpoints.yml")]
    needed = set(re.findall(r"\$\{(\w+)\}", str(files)))
    assert needed
    assert RASA
    for service in RASA.values():
        assert needed - {"ACTION_PORT", "ACTION_SECRET"} <= set(service["environment"])


@pytest.mark.parametrize("container", containers())
def test_in_a_cluster_nothing_has_rights_or_writes_elsewhere(container: dict[str, Any]) -> None:
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"]
    assert not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} == set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    secrets = [source["secretRef"]["name"] for source in container.get("envFrom", [])]
    assert secrets == (["assistant"] if container["name"] == "assistant" else [])


@pytest.mark.parametrize(("name", "pod"), pods())
def test_in_a_cluster_a_pod_is_an_ordinary_user_without_a_token(name: str, pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    assert str(pod["securityContext"]["runAsUser"]) == USER
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert named("PodDisruptionBudget")[name]["selector"] == {"matchLabels": {"app": name}}
    assert all({"livenessProbe", "readinessProbe"} <= set(container) for container in pod["containers"])


def test_in_a_cluster_nginx_knows_every_process_that_there_can_be(tmp_path: Path) -> None:
    ((_, proxy),) = [(name, pod) for name, pod in pods() if name == "proxy"]
    nginx.main(arguments(proxy["initContainers"][0]["command"], tmp_path))
    most = named("HorizontalPodAutoscaler")["assistant"]["maxReplicas"]
    known = re.findall(r"^ *server (\S+):5005 ", (tmp_path / "nginx.conf").read_text(), re.M)
    assert known == [f"assistant-{number}" for number in range(most)]
    services = named("Service")
    for name in known:
        assert services[name]["selector"] == {"statefulset.kubernetes.io/pod-name": name}
        assert services[name]["publishNotReadyAddresses"], "without its database a process still answers"
    assert set(services) == {*known, "assistant", "proxy"}


def test_in_a_cluster_nobody_speaks_to_anybody_who_is_not_named() -> None:
    policies = named("NetworkPolicy")
    assert policies["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    callers = [source for rule in policies["assistant"]["ingress"] for source in rule["from"]]
    assert callers[0] == {"podSelector": {"matchLabels": {"app": "proxy"}}}
    assert [port["port"] for rule in policies["assistant"]["egress"] for port in rule["ports"]] == [5432]


@pytest.mark.parametrize("file", ["compose.yml", *(f"kubernetes/{name}.yml" for name in ("assistant", "network", "proxy"))])
def test_no_secret_stands_in_a_file(file: str) -> None:
    text = (ROOT / "deploy" / file).read_text()
    # In each style of YAML, and in the URL of a database.
    named = re.findall(r"(\w*(?:SECRET|TOKEN|PASSWORD)\w*)(?:, value)?: *(?!\$\{\w+:\?)[^\s,}{&*?]", text)
    assert named + re.findall(r"postgresql://\w+:(?!\$\{)[^@\s]+@", text) == []


def test_what_is_secret_on_one_host_comes_into_no_image_and_no_commit() -> None:
    assert "deploy/.env" in (ROOT / "deploy" / "Containerfile.dockerignore").read_text().splitlines()
    assert {"deploy/.env", "tls/"} <= set((ROOT / ".gitignore").read_text().splitlines())
