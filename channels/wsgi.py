"""What gunicorn serves: ``gunicorn --preload channels.wsgi:app``."""

import gc

gc.disable()  # what is imported stays: looking through it for garbage takes a quarter of a start

from channels import create_app  # noqa: E402
from channels.turnstile import Turnstile  # noqa: E402

app = Turnstile(create_app())
gc.freeze()  # what was made here is shared by all workers; a collection would copy it to each
gc.set_threshold(10_000, 20, 20)  # a request makes thousands of objects, and all of them go
gc.enable()
