"""The nouns of growloop: frozen records one at a time, polars frames with one fixed schema in bulk."""
