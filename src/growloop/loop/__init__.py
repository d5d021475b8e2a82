"""The loop: a file for each stage. `__init__.pyi` beside this lists what each gives, in the order a user meets them.

Long stages are generators of `Progress` that return their result: the terminal draws them, the web page streams
them, a notebook finishes them (`growloop.notebook`). Every long stage can be killed at any moment and started again.

A stage is loaded when it is first used: curating data waits for nothing that only training needs.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
