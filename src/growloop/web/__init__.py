"""The page on which people ask and correct, and the API behind it."""

from importlib.util import find_spec

from growloop.errors import MissingExtra

for _module, _library in {
    "starlette": "Starlette",
    "jinja2": "Jinja2",
    "multipart": "python-multipart",
    "uvicorn": "uvicorn",
    "argon2": "argon2-cffi",
}.items():
    if find_spec(_module) is None:
        raise MissingExtra(_library, "web")
