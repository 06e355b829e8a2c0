"""Finding products: descriptions and photos, indexed and asked."""
