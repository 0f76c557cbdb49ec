"""check_order.py DIRECTORY: the parts of each comment on a public name come in one order, as CONTRIBUTING.md has it."""

import pathlib
import re
import sys

PARTS = ["Parameters", "Result", "Completion signature", "Errors", "Cancellation", "Server effect", "Thread safety",
         "Lifetime", "Platform", "Example", "All else"]
NAME = "|".join(part.replace(" ", r"\s+") for part in PARTS)
# At the beginning of a line, or of a sentence: one part, or several with one text, as in "Errors, thread safety: ...".
# Lines may end anywhere.
HEAD = re.compile(rf"(?:^|\.\s+)((?:{NAME})(?:(?:,(?:\s+and)?|\s+and)\s+(?i:{NAME}))*):", re.MULTILINE)


def parts_of(text):
    """The names of the parts, in the order in which they come."""
    for head in HEAD.findall(text):
        for name in re.split(r",(?:\s+and)?\s+|\s+and\s+", head):
            yield " ".join(name.split()).capitalize()


def comments(path):
    """Yields the number of the first line and the lines of each comment that starts with ///."""
    lines = []
    for number, line in enumerate([*path.read_text().splitlines(), ""], start=1):
        comment = re.match(r"\s*///(?!<) ?(.*)", line)
        if comment:
            lines.append(comment.group(1))
        elif lines:
            yield number - len(lines), lines
            lines = []


def main():
    wrong = 0
    seen = 0
    for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.hpp")):
        for first, lines in comments(path):
            parts = list(parts_of("\n".join(lines)))
            seen += len(parts)
            if parts != sorted(set(parts), key=PARTS.index):
                print(f"{path}:{first}: in the wrong order, or twice: {', '.join(parts)}")
                wrong += 1
    if seen == 0:
        print("no part of a comment was found")
    sys.exit(1 if wrong > 0 or seen == 0 else 0)


main()
