"""Takes secrets out of text that is about to be logged.

Nothing logs a secret on purpose; this is for what libraries put into errors and addresses.
"""

import re
from typing import Final

MASK: Final = "[secret]"

_PATTERNS: Final = (
    # Our own keys (the prefix may be seen) and the tokens of login addresses.
    (re.compile(r"\b(assay_[0-9a-f]{12}_)[\w-]{16,}"), rf"\1{MASK}"),
    (re.compile(r"(/login/)[\w-]{16,}"), rf"\1{MASK}"),
    # A password in an address: scheme://user:password@host. It may hold a slash or a colon.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(@)", re.IGNORECASE), rf"\1{MASK}\2"),
    (re.compile(r"(\bBearer\s+)[\w.~+/-]{8,}=*", re.IGNORECASE), rf"\1{MASK}"),
    (
        re.compile(
            r"((?:api[_-]?key|password|passwd|authorization|cookie|x-api-key)['\"]?\s*[:=]\s*"
            r"['\"]?)(?!Bearer\b|\[secret\])[^\s'\",;&]{4,}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # The shape of most providers' keys.
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai)-[\w-]{16,}"), MASK),
)


def redact(text: str) -> str:
    """``text`` with what looks like a secret masked. Masking twice changes nothing more."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
