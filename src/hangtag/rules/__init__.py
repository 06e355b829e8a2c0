"""From readings and metadata to what the catalog may say of a product.

Pure: nothing is read or written but the rulebook.

``rulebook`` is the file that people edit, ``conditions`` what its ``when`` means, ``judging`` the
way of one product through it. ``fashion.yaml`` is the rulebook that ships.
"""

from hangtag.rules.judging import Rules, Verdict, default_rules, load_rules, says_nothing

__all__ = ["Rules", "Verdict", "default_rules", "load_rules", "says_nothing"]
