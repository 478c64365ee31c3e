"""An authority of a test's own, and the certificate of a server at 127.0.0.1 that it has made."""

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# In the folder of the server.
CERTIFICATE, KEY = 'server.crt', 'server.key'
_AUTHORITY = 'authority.crt'


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _begin(subject, issuer, key):
    now = datetime.datetime.now(datetime.timezone.utc)
    begun = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(key.public_key())
    begun = begun.serial_number(x509.random_serial_number())
    return begun.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))


def make(folder):
    """Leaves them there, and returns the file of the authority."""
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    own = _begin('an authority', 'an authority', authority)
    own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(authority, hashes.SHA256())
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))])
    certificate = _begin('a router', 'an authority', server).add_extension(here, critical=False).sign(authority, hashes.SHA256())
    secret = server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = serialization.Encoding.PEM
    for name, content in ((_AUTHORITY, own.public_bytes(pem)), (CERTIFICATE, certificate.public_bytes(pem)), (KEY, secret)):
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(content)
    return os.path.join(folder, _AUTHORITY)
