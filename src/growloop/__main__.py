"""`python -m growloop` is the `growloop` command."""

from growloop.cli import main

main()
