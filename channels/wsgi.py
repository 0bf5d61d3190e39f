"""What gunicorn serves: ``gunicorn --preload channels.wsgi:app``."""

import gc

gc.disable()  # what is imported stays: looking through it for garbage takes a quarter of a start

from channels import create_app  # noqa: E402
from channels.turnstile import Turnstile  # noqa: E402
from crm_core import garbage  # noqa: E402

app = Turnstile(create_app())
garbage.started()  # what was made here is shared by all workers; a search would copy it to each
gc.enable()
