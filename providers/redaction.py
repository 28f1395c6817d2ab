"""Text that may be shown: no credential, no address of a customer, one line, not long.

Patterns are the second fence.  The first one is that adapters put codes and field names into
a verdict and never a provider's own sentence.
"""

from __future__ import annotations

import re

_LIMIT = 300
_MASK = "***"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

_NAMED = (
    r"api[-_]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|client[-_]?id|secret"
    r"|token|password|passwd|username|authorization|signature|sessionid|identityid"
    r"|bank[-_]?account|iban|e-?mail|phone"
)
"""Members and parameters whose value is never shown, whatever it looks like."""

_MAIL = re.compile(r"[^\s@<>\"'=&:;,/]{1,80}(?:@|%40)[A-Za-z0-9.-]{1,80}")
_SURE_MAIL = re.compile(
    r"[^\s@<>\"'=&:;,/]{1,80}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b"
)
"""One that is no name of a worker on a host."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"(?i)([\"']?(?:\b|_)\w*(?:{_NAMED})[\"']?\s*(?:=|:)\s*)"
            r"(?!Bearer\b|Basic\b)(\"[^\"]*\"|'[^']*'|[^\s&,;}\])\"']+)"
        ),
        rf"\g<1>{_MASK}",
    ),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{4,}"), rf"\g<1> {_MASK}"),
    (re.compile(r"\b(?:PROD|DEV_|ROOT)[A-Za-z0-9]{28}\b"), _MASK),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), _MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,2}"), _MASK),
    (re.compile(r"\bv1a?,[A-Za-z0-9+/=]{16,}"), _MASK),
    (_MAIL, _MASK),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), _MASK),
    (re.compile(r"\b(?:\d{2,6}-)?\d{6,10}/\d{4}\b"), _MASK),
    (re.compile(r"(?:\+|%2B|\b00)\d[\d ().-]{6,20}\d"), _MASK),
    (re.compile(r"(?<![\w.-])\d[\d ().-]{7,20}\d(?![\w-])"), _MASK),
)


def scrub(text: str) -> str:
    """Mask credentials, e-mail and phone wherever they stand; lines and bare numbers stay.

    For logs, where numbers are ids and counts, and workers are called NAME@HOST.
    """
    for pattern, mask in _PATTERNS[:-1]:
        text = (_SURE_MAIL if pattern is _MAIL else pattern).sub(mask, text)
    return text


def redact(text: str, *, limit: int = _LIMIT) -> str:
    """Return the text on one line with credentials, e-mail and phone masked, cut at ``limit``."""
    shown = _CONTROL.sub(" ", text[: limit * 4])
    for pattern, mask in _PATTERNS:
        shown = pattern.sub(mask, shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
