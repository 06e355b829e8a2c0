"""``python -m hangtag`` is the command ``hangtag``."""

from hangtag.cli import main

# Processes that decode photos import this file again, under another name.
if __name__ == "__main__":
    main()
