"""Free ports and certificates for servers on this machine."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def free_port() -> str:
    """Returns a free port on the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def certify(folder: Path, days: float = 1, host: str = "127.0.0.1") -> None:
    """Makes a certificate for an address of loopback that ends in `days`, in the files `certificate` and `key` of `folder`."""
    key, name, end = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.utcnow() + timedelta(days=days)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=90), end)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    signed = certificate.add_extension(names, critical=True).sign(key, hashes.SHA256())
    pem, format, encryption = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "certificate").write_bytes(signed.public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, format, encryption))
