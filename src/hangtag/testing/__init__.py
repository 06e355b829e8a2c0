"""What people need to try and to test hangtag: products drawn by code, whose truth is known.

>>> import numpy as np
>>> product = random_product(np.random.default_rng(7), "Tshirts")
>>> product.photo(320).size
(240, 320)
"""

from hangtag.testing.catalog_files import DrawnCatalogFiles, write_drawn_catalog
from hangtag.testing.drawn_catalog import drawn_catalog
from hangtag.testing.product import DrawnProduct, random_product

__all__ = [
    "DrawnCatalogFiles",
    "DrawnProduct",
    "drawn_catalog",
    "random_product",
    "write_drawn_catalog",
]
