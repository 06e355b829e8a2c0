"""How the shipped compact model is made; never imported by the package."""
