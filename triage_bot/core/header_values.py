"""What the value of a header field says once its comments and quotes are taken off (RFC 5322 section 3.2)."""

import re

_PIECE = re.compile(r'[^"()\\]+|\\.|.', re.DOTALL)


def plain(value: str) -> str:
    """The value in lower case without comments, which may lie in one another, and without quotes. In one pass.

    What opens and never closes is no comment: a machine must not hide its word behind a bracket.
    """
    value = value.lower()
    if '"' not in value and "(" not in value and ")" not in value and "\\" not in value:
        return value.strip()
    kept: list[str] = []
    comment: list[str] = []
    depth, quoted = 0, False
    quotes = (value.count('"') - value.count('\\"')) % 2 == 0
    for piece in _PIECE.findall(value):
        if piece == '"' and not depth:
            quoted = quotes and not quoted
        elif piece in "()" and not quoted:
            depth = max(depth + (1 if piece == "(" else -1), 0)
            (comment if depth else kept).append(" ")
            if not depth:
                comment.clear()
        else:
            (comment if depth else kept).append(piece[1:] if piece[0] == "\\" else piece)
    return "".join((*kept, *comment)).strip()
