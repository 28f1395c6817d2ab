"""Telephone numbers: BizKitHub's texts spell one number in two ways, so we keep to one."""

from __future__ import annotations

import re
from typing import Final

_COUNTRY: Final = (
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"  # ITU-T E.164: prefix-free
    r"|2[1-689]\d|3[578]\d|42\d|50\d|59\d|6[789]\d|8[035789]\d|9[679]\d"
)
_NUMBER: Final = re.compile(rf"(?:\+|00)({_COUNTRY})(\d{{4,13}})")
_SIGNS: Final = re.compile(r"[ ().\-\u00a0\u202f]+")


def canonical_phone(phone: str) -> str:
    """``+420 602118334`` for a number that names its country; any other as it was given.

    One blank stands behind the country's code and nowhere else: so BizKitHub's own samples
    have it (POST /api/v1/shop/order/create).  Equal numbers are equal text then.
    """
    found = _NUMBER.fullmatch(_SIGNS.sub("", phone.strip().replace("(0)", "")))
    return f"+{found.group(1)} {found.group(2)}" if found else phone.strip()
