"""Legacy webhooks are encrypted: RSA, PKCS#1 v1.5, chunk by chunk, and base64 around it all.

The scheme is that of Zenki's own WooCommerce plugin; the documents name the algorithm and the
key's size only.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from providers.codec import UnreadableError

_MOST_CHUNKS: Final = 64
"""About 30 kB of text under a key of 4096 bits; each chunk costs milliseconds."""


def private_key(pem: str) -> RSAPrivateKey:
    r"""The key in a PEM text, also one whose line ends came out of a variable as ``\n``.

    Raises ValueError, without the text, when it is no RSA key or is locked by a password.
    """
    text = pem.replace("\\n", "\n")
    try:
        # Without the long check of its numbers: the key is the merchant's own.
        key = load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        fault = "must be an RSA private key in PEM, without a password"
        raise ValueError(fault) from None  # noqa: TRY004 - pydantic reports ValueErrors
    return key


def unseal(key: RSAPrivateKey, encoded: object) -> bytes:
    """Decrypt an ``encryptedData``.  Raises UnreadableError and nothing else.

    Under a wrong key it may return nonsense instead: the library hides wrong padding.
    """
    size = key.key_size // 8
    if not isinstance(encoded, str) or len(encoded) > _MOST_CHUNKS * size * 2:
        raise UnreadableError("encryptedData that is no text, or too much of it")
    try:
        sealed = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("encryptedData that is no base64") from None
    if not sealed or len(sealed) % size or len(sealed) > _MOST_CHUNKS * size:
        raise UnreadableError(f"encryptedData that isn't made of chunks of {size * 8} bits")
    try:
        return b"".join(
            key.decrypt(sealed[begin : begin + size], PKCS1v15())
            for begin in range(0, len(sealed), size)
        )
    except ValueError:
        raise UnreadableError("encryptedData that webhook_rsa_key doesn't open") from None
